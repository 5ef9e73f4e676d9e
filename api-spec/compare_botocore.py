#!/usr/bin/env python3
"""Compare api-spec/sqs.json with the model of an installed botocore: operations, members, types, required, errors.

Exit status: 0 the same; 1 differences, one line each; 77 botocore is not there.
"""
import gzip
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
SCALARS = {"string", "blob", "integer", "long", "boolean"}
SAME_SHAPE = {"MessageSystemAttributeValue": "MessageAttributeValue"}  # the model has two of one form


def load_model():
    try:
        import botocore
    except ImportError:
        print("compare_botocore: skipped, botocore cannot be imported")
        sys.exit(77)
    folder = pathlib.Path(botocore.__file__).parent / "data" / "sqs" / "2012-11-05"
    for path in (folder / "service-2.json.gz", folder / "service-2.json"):
        if path.exists():
            raw = path.read_bytes()
            return botocore.__version__, json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    print(f"compare_botocore: skipped, no SQS model in {folder}")
    sys.exit(77)


class Comparison:
    def __init__(self, model, spec):
        self.model, self.spec = model, spec
        self.differences = []
        self.compared = 0

    def same(self, where, theirs, ours):
        self.compared += 1
        if theirs != ours:
            self.differences.append(f"{where}: botocore has {theirs}, sqs.json has {ours}")

    def describe_theirs(self, shape_name):
        """(type, element, enum) in the words of sqs.json."""
        shape = self.model["shapes"][shape_name]
        kind = shape["type"]
        element, names = None, shape
        if kind == "list":
            element = shape["member"]["shape"]
            names = self.model["shapes"][element]
        elif kind == "map":
            element = shape["value"]["shape"]
            names = self.model["shapes"][shape["key"]["shape"]]
        if element is not None:
            element_kind = self.model["shapes"][element]["type"]
            element = element_kind if element_kind in SCALARS else SAME_SHAPE.get(element, element)
        return kind, element, sorted(names["enum"]) if "enum" in names else None

    def describe_ours(self, member):
        enum = sorted(self.spec["enums"][member["enum"]]) if "enum" in member else None
        return member["type"], member.get("of"), enum

    def members(self, where, shape_name, ours):
        shape = self.model["shapes"][shape_name]
        theirs = shape.get("members", {})
        self.same(where + " members", sorted(theirs), sorted(m["name"] for m in ours))
        self.same(where + " required", sorted(shape.get("required", [])),
                  sorted(m["name"] for m in ours if m.get("required")))
        for member in ours:
            if member["name"] not in theirs:
                continue
            inner = theirs[member["name"]]["shape"]
            self.same(f"{where}.{member['name']}", self.describe_theirs(inner), self.describe_ours(member))

    def structures(self):
        """Shapes that are no request, result or error."""
        used = {op[part]["shape"] for op in self.model["operations"].values() for part in ("input", "output") if part in op}
        theirs = {name for name, shape in self.model["shapes"].items()
                  if shape["type"] == "structure" and not shape.get("exception") and name not in used}
        self.same("shapes", sorted({SAME_SHAPE.get(name, name) for name in theirs}), sorted(self.spec["shapes"]))
        for name in sorted(theirs):
            ours = self.spec["shapes"].get(SAME_SHAPE.get(name, name))
            if ours is not None:
                self.members(name, name, ours)

    def operations(self):
        theirs = self.model["operations"]
        self.same("operations", sorted(theirs), sorted(a["name"] for a in self.spec["actions"]))
        for action in self.spec["actions"]:
            operation = theirs.get(action["name"])
            if operation is None:
                continue
            name = action["name"]
            self.members(name + " request", operation["input"]["shape"], action["request"])
            self.same(name + " has an output", "output" in operation, "response" in action)
            if "output" in operation and "response" in action:
                self.members(name + " response", operation["output"]["shape"], action["response"])
            self.same(name + " errors", sorted(e["shape"] for e in operation.get("errors", [])),
                      sorted(action["errors"] + self.spec["common_errors"]))

    def errors(self):
        theirs = {name: shape for name, shape in self.model["shapes"].items() if shape.get("exception")}
        ours = {e["name"]: e for e in self.spec["errors"] if e["kind"] == "modelled"}
        self.same("modelled errors", sorted(theirs), sorted(ours))
        for name in sorted(set(theirs) & set(ours)):
            error = theirs[name].get("error", {})
            if "code" in error:
                self.same(name + " query code", error["code"], ours[name]["query"])

    def metadata(self):
        metadata = self.model["metadata"]
        self.same("version", metadata["apiVersion"], self.spec["version"])
        self.same("target prefix", metadata["targetPrefix"], self.spec["target_prefix"])
        self.same("JSON version", metadata["jsonVersion"], "1.0")


def main():
    version, model = load_model()
    spec = json.loads((HERE / "sqs.json").read_text(encoding="utf-8"))
    comparison = Comparison(model, spec)
    comparison.metadata()
    comparison.operations()
    comparison.structures()
    comparison.errors()
    for difference in comparison.differences:
        print(re.sub(r"\s+", " ", difference))
    verdict = f"{len(comparison.differences)} differences" if comparison.differences else "the same"
    print(f"compare_botocore: sqs.json and botocore {version}: {verdict} ({comparison.compared} facts compared)")
    return 1 if comparison.differences else 0


if __name__ == "__main__":
    sys.exit(main())
