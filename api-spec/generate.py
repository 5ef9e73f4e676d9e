#!/usr/bin/env python3
"""Write what is made from api-spec/sqs.json: C types and tables, the reference page, and what the
fuzzers start from.

    api-spec/generate.py            writes into the source tree this script stands in
    api-spec/generate.py --to DIR   writes the same files below DIR (the test run compares them)

Only the standard library is used. The files are committed, so that building needs no Python.
"""
import argparse
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
NOTICE = "Made by api-spec/generate.py from api-spec/sqs.json: change those, not this file."
SCALARS = {
    "string": ("struct slice", "API_TYPE_STRING"),
    "blob": ("struct slice", "API_TYPE_BLOB"),
    "integer": ("int64_t", "API_TYPE_INTEGER"),
    "long": ("int64_t", "API_TYPE_LONG"),
    "boolean": ("bool", "API_TYPE_BOOLEAN"),
}
ATTRIBUTE = "MessageAttributeValue"  # the one shape that is a map's value


def snake(name):
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def error_constant(name):
    return "API_ERROR_" + snake(re.sub(r"Exception$", "", name)).upper()


def c_type(member):
    kind, of = member["type"], member.get("of")
    if kind in SCALARS:
        return SCALARS[kind][0]
    if kind == "map":
        return "struct api_string_map" if of == "string" else "struct api_message_attribute_map"
    return f"struct api_{snake(of)}_list"


def table_type(member):
    kind, of = member["type"], member.get("of")
    if kind in SCALARS:
        return SCALARS[kind][1]
    if kind == "map":
        return "API_TYPE_STRING_MAP" if of == "string" else "API_TYPE_ATTRIBUTE_MAP"
    return {"string": "API_TYPE_STRING_LIST", "blob": "API_TYPE_BLOB_LIST"}.get(of, "API_TYPE_STRUCT_LIST")


def structs(spec):
    """(C struct name, members) of every shape, request and response, in the order of the tables."""
    for name, members in spec["shapes"].items():
        yield "api_" + snake(name), members
    for action in spec["actions"]:
        yield f"api_{snake(action['name'])}_request", action["request"]
        yield f"api_{snake(action['name'])}_response", action.get("response", [])


def check(spec):
    """What the schema cannot say; stops with a message when the description contradicts itself."""
    def fail(text):
        sys.exit("sqs.json: " + text)

    def check_members(where, members):
        names = [m["name"] for m in members]
        if len(set(names)) != len(names):
            fail(f"{where}: a member twice")
        for m in members:
            of = m.get("of")
            if (m["type"] in ("list", "map")) != (of is not None) or (of is not None) != ("query" in m):
                fail(f"{where}.{m['name']}: lists and maps, and only they, have `of` and `query`")
            if of not in (None, "string", "blob") and of not in spec["shapes"]:
                fail(f"{where}.{m['name']}: unknown shape {of}")
            if m["type"] == "map" and (of not in ("string", ATTRIBUTE) or "query_key" not in m):
                fail(f"{where}.{m['name']}: a map holds strings or {ATTRIBUTE}, and names its key")
            if "enum" in m and m["enum"] not in spec["enums"]:
                fail(f"{where}.{m['name']}: unknown enum {m['enum']}")

    for kind in ("actions", "errors"):
        names = [row["name"] for row in spec[kind]]
        if names != sorted(set(names)):
            fail(f"{kind} are not in alphabetical order, or one is there twice")
    errors = {row["name"] for row in spec["errors"]}
    for action in spec["actions"]:
        unknown = set(action["errors"]) - errors
        if unknown:
            fail(f"{action['name']}: unknown errors {sorted(unknown)}")
    for where, members in structs(spec):
        check_members(where, members)


# ---- types.h ----

def emit_struct(name, members):
    lines = [f"struct {name} {{"]
    if not members:
        lines.append("    bool present; /* the model has no members here, and C wants one */")
    for m in members:
        field = snake(m["name"])
        lines.append(f"    bool has_{field};")
        lines.append(f"    {c_type(m)} {field};")
    return lines + ["};", ""]


def emit_list(of):
    item = "struct slice" if of in ("string", "blob") else f"struct api_{snake(of)}"
    return [f"struct api_{snake(of)}_list {{", f"    {item} *items;", "    uint32_t count;", "};", ""]


ATTRIBUTE_MAP = """\
struct api_message_attribute {
    struct slice name;
    struct api_message_attribute_value value;
};
struct api_message_attribute_map {
    struct api_message_attribute *items;
    uint32_t count;
};
""".splitlines()

STRING_MAP = """\
struct api_string_pair {
    struct slice key, value;
};
struct api_string_map {
    struct api_string_pair *items;
    uint32_t count;
};
""".splitlines()


def shapes_in_order(spec):
    """Shapes such that each stands behind those it is made of."""
    done = []

    def visit(name, path):
        if name in path:
            sys.exit(f"sqs.json: shape {name} contains itself")
        for m in spec["shapes"][name]:
            if m.get("of") in spec["shapes"]:
                visit(m["of"], path + [name])
        if name not in done:
            done.append(name)

    for name in sorted(spec["shapes"]):
        visit(name, [])
    return done


def emit_types(spec):
    listed = {m["of"] for _, members in structs(spec) for m in members if m["type"] == "list"}
    lines = [
        "/* Actions, and the typed request and response of each.",
        " * " + NOTICE,
        " *",
        " * Every member X has has_X: whether it is there. Strings are UTF-8 as sent; blobs are decoded.",
        " * A list or map that is there but empty has count 0. Memory: the call's arena, or the request's",
        " * own bytes. */",
        "#ifndef LEAT_API_GENERATED_TYPES_H", "#define LEAT_API_GENERATED_TYPES_H", "",
        "#include <stdbool.h>", "#include <stdint.h>", "", '#include "base/slice.h"', "",
        "enum api_action {",
    ]
    lines += [f"    API_{snake(a['name']).upper()}," for a in spec["actions"]]
    lines += ["    API_ACTIONS_COUNT,", "};", ""]
    lines += emit_list("string") + emit_list("blob") + STRING_MAP + [""]
    for name in shapes_in_order(spec):
        lines += emit_struct("api_" + snake(name), spec["shapes"][name])
        if name in listed:
            lines += emit_list(name)
        if name == ATTRIBUTE:
            lines += ATTRIBUTE_MAP + [""]
    for a in spec["actions"]:
        lines += emit_struct(f"api_{snake(a['name'])}_request", a["request"])
        lines += emit_struct(f"api_{snake(a['name'])}_response", a.get("response", []))
    return lines + ["#endif"]


# ---- errors.h ----

def emit_errors(spec):
    lines = [
        "/* Codes of the errors that clients see; the rows are in tables.c.", " * " + NOTICE + " */",
        "#ifndef LEAT_API_GENERATED_ERRORS_H", "#define LEAT_API_GENERATED_ERRORS_H", "", "enum api_error_code {",
    ]
    lines += [f"    {error_constant(e['name'])}," for e in spec["errors"]]
    return lines + ["    API_ERRORS_COUNT,", "};", "", "#endif"]


# ---- tables.c ----

def literal(text):
    return f'{{(const uint8_t *)"{text}", {len(text)}}}' if text else "{0}"


def emit_member(struct, m):
    field = snake(m["name"])
    of = m.get("of")
    element = f"&table_api_{snake(of)}" if of and of not in ("string", "blob") else "NULL"
    rows = [
        ("json_name", literal(m["name"])),
        ("query_name", literal(m.get("query", m["name"]))),
        ("query_alias", literal(m.get("query_alias"))),
        ("query_json_name", literal(m.get("query_json", m["name"]))),
        ("key_name", literal(m.get("query_key"))),
        ("value_name", literal(m.get("query_value"))),
        ("offset", f"offsetof(struct {struct}, {field})"),
        ("has_offset", f"offsetof(struct {struct}, has_{field})"),
        ("type", table_type(m)),
        ("element", element),
        ("is_required", "true" if m.get("required") else "false"),
    ]
    return ["    {"] + [f"        .{k} = {v}," for k, v in rows if v not in ("{0}", "NULL", "false")] + ["    },"]


def emit_table(struct, members):
    lines = []
    if members:
        lines += [f"static const struct api_member members_{struct}[] = {{"]
        for m in members:
            lines += emit_member(struct, m)
        order = sorted(range(len(members)), key=lambda i: members[i]["name"].encode())
        lines += ["};", f"static const uint8_t order_{struct}[] = {{{', '.join(map(str, order))}}};"]
    lines += [f"static const struct api_table table_{struct} = {{"]
    if members:
        lines += [f"    .members = members_{struct},", f"    .order = order_{struct},",
                  f"    .members_count = {len(members)},"]
    return lines + [f"    .bytes = sizeof(struct {struct}),", "};", ""]


def emit_action(a):
    flag = {True: "true", False: "false"}
    short = snake(a["name"])
    return [
        f"    [API_{short.upper()}] = {{",
        f"        .name = {literal(a['name'])},",
        f"        .iam_action = \"{a['iam_action']}\",",
        f"        .request = &table_api_{short}_request,",
        f"        .response = &table_api_{short}_response,",
        f"        .is_mutating = {flag[a['mutates']]},",
        f"        .is_cross_account = {flag[a['cross_account']]},",
        f"        .needs_queue = {flag[a['queue']]},",
        f"        .has_output = {flag['response' in a]},",
        "    },",
    ]


def emit_error_row(spec, e):
    lines = [f"    [{error_constant(e['name'])}] = {{"]
    lines += [f"        .json_name = \"{e['name']}\",",
              f"        .json_namespace = \"{spec['namespaces'][e['kind']]}\",",
              f"        .query_code = \"{e['query']}\",",
              f"        .status = {e['status']},"]
    if e["status"] >= 500:
        lines.append("        .is_receiver_fault = true,")
    if e.get("capital_message"):
        lines.append("        .has_capital_message = true,")
    return lines + ["    },"]


def emit_tables(spec):
    lines = [
        "/* The tables that the walkers go by.", " * " + NOTICE + " */",
        "/* clang-format off */",
        '#include "api/tables.h"', "", "#include <stddef.h>", "", '#include "api/errors.h"', "",
        '#include "base/banned.h"', "",
    ]
    for name in shapes_in_order(spec):
        lines += emit_table("api_" + snake(name), spec["shapes"][name])
    for a in spec["actions"]:
        lines += emit_table(f"api_{snake(a['name'])}_request", a["request"])
        lines += emit_table(f"api_{snake(a['name'])}_response", a.get("response", []))
    lines += ["const struct api_action_info api_action_infos[API_ACTIONS_COUNT] = {"]
    for a in spec["actions"]:
        lines += emit_action(a)
    lines += ["};", "", "const struct api_error_row api_error_rows[API_ERRORS_COUNT] = {"]
    for e in spec["errors"]:
        lines += emit_error_row(spec, e)
    return lines + ["};"]


# ---- reference.md ----

def describe_type(m):
    of = m.get("of")
    shown = f"[{of}](#{of.lower()})" if of and of not in ("string", "blob") else of
    return {"list": f"list of {shown}", "map": f"map to {shown}"}.get(m["type"], m["type"])


def describe_limits(m):
    if "range" in m:
        return "{0} to {1}".format(*m["range"])
    if "length" in m:
        unit = "entries" if m["type"] == "list" else "characters"
        return "{0} to {1} {2}".format(*m["length"], unit)
    return ""


def describe_query(m):
    if m["type"] not in ("list", "map"):
        return f"`{m['name']}`"
    name = m["query"] + ".N"
    also = f"; also under `{m['query_alias']}.N`" if "query_alias" in m else ""
    if m["type"] == "map":
        tail = ".*" if m["of"] == ATTRIBUTE else ""
        return f"`{name}.{m['query_key']}`, `{name}.{m['query_value']}{tail}`" + also
    return (f"`{name}`" if m["of"] in ("string", "blob") else f"`{name}.*`") + also


def emit_member_table(members):
    lines = ["| Member | Type | Required | Limits | Query name | |", "|---|---|---|---|---|---|"]
    for m in members:
        row = [f"`{m['name']}`", describe_type(m), "yes" if m.get("required") else "", describe_limits(m),
               describe_query(m), m["doc"]]
        lines.append("| " + " | ".join(row) + " |")
    return lines + [""]


def emit_action_page(a):
    yes = {True: "yes", False: "no"}
    lines = [f"### {a['name']}", "", a["doc"], "",
             f"IAM action `{a['iam_action']}`. Works on the queue of `QueueUrl`: {yes[a['queue']]}. "
             f"Changes something: {yes[a['mutates']]}. Can be granted to other accounts: {yes[a['cross_account']]}.", "",
             "Request:", ""]
    lines += emit_member_table(a["request"])
    lines += ["Response:", ""] + emit_member_table(a["response"]) if "response" in a else ["No response members.", ""]
    if a["errors"]:
        lines += ["Errors: " + ", ".join(f"`{e}`" for e in a["errors"]) + ".", ""]
    return lines


REFERENCE_HEAD = """\
# API reference

The 23 actions of the Amazon SQS API, version 2012-11-05, as this server reads and writes them. This page, the tables of
the server and the dictionaries of its fuzzers are made from `api-spec/sqs.json`.

Each action can be called in two protocols:

* **JSON**: `POST /` with `X-Amz-Target: AmazonSQS.<Action>` and a JSON object. Member names are those of the first
  column. Blobs are base64 strings. `null` means absent. An answer without content is `{}`; an action without response
  members answers with an empty body. Empty lists and maps are left out of answers.
* **Query**: `GET` or `POST` with `Action=<Action>` and parameters in the URL or in a form body. Lists and maps are
  numbered from 1 (`N`). The answer is XML with the query names as elements, or JSON when the client sends
  `Accept: application/json`.
""".splitlines()


def emit_reference(spec):
    lines = [f"<!-- {NOTICE} -->"] + REFERENCE_HEAD + ["", "## Actions", ""]
    lines += [f"* [{a['name']}](#{a['name'].lower()}): {a['doc']}" for a in spec["actions"]] + [""]
    for a in spec["actions"]:
        lines += emit_action_page(a)
    lines += ["## Shapes", ""]
    for name in sorted(spec["shapes"]):
        lines += [f"### {name}", ""] + emit_member_table(spec["shapes"][name])
    lines += ["## Names", ""]
    for name, values in spec["enums"].items():
        lines += [f"* {name}: " + ", ".join(f"`{v}`" for v in values) + "."]
    lines += ["", "## Errors", "",
              "JSON errors are `{\"__type\":\"<namespace>#<name>\",\"message\":\"...\"}` with the header "
              "`x-amzn-query-error: <query code>;Sender` (`Receiver` for 5xx).",
              "Every action can also answer " + ", ".join(f"`{e}`" for e in spec["common_errors"])
              + " and the errors of the framework.", "",
              "| JSON name | Namespace | Query code | Status |", "|---|---|---|---|"]
    for e in spec["errors"]:
        lines.append(f"| `{e['name']}` | {spec['namespaces'][e['kind']]} | `{e['query']}` | {e['status']} |")
    return lines


# ---- fuzzing: dictionaries, and a valid input of every action ----

def emit_dictionary(own_words, spec_words):
    def emit(spec):
        words = set(own_words)
        for _, members in structs(spec):
            for m in members:
                words.update(spec_words(m))
        for values in spec["enums"].values():
            words.update(values)
        return ["# " + NOTICE] + [f'"{word}"' for word in sorted(words)]
    return emit


JSON_WORDS = ["null", "true", "false", "1e9", "-1", "0.5", "{}", "[]", "\\\\u0000", "\\\\ud83d\\\\ude00", "\\\\\\\"", "AQID"]
QUERY_WORDS = ["Action=", "Version=2012-11-05", ".0", ".1", ".2", ".999999999", "%00", "%FF", "%C3%A9", "+", "&", "AQID"]


def json_words(m):
    return [f'\\"{m["name"]}\\":']


def query_words(m):
    return [m["name"]] + [m[k] for k in ("query", "query_alias", "query_key", "query_value") if k in m]


def sample_scalar(kind):
    return {"string": "text", "blob": "AQID", "integer": 7, "long": 7000000000, "boolean": True}[kind]


def sample_json(spec, members):
    def item(of):
        return sample_scalar(of) if of in SCALARS else sample_json(spec, spec["shapes"][of])

    def value(m):
        if m["type"] in SCALARS:
            return sample_scalar(m["type"])
        return [item(m["of"])] if m["type"] == "list" else {"key": item(m["of"])}

    return {m["name"]: value(m) for m in members}


def sample_query(spec, members, prefix=""):
    def pairs(name, of):
        return [(name, sample_scalar(of))] if of in SCALARS else sample_query(spec, spec["shapes"][of], name + ".")

    found = []
    for m in members:
        if m["type"] in SCALARS:
            found += pairs(prefix + m["name"], m["type"])
        elif m["type"] == "list":
            found += pairs(f"{prefix}{m['query']}.1", m["of"])
        else:
            found.append((f"{prefix}{m['query']}.1.{m['query_key']}", "key"))
            found += pairs(f"{prefix}{m['query']}.1.{m['query_value']}", m["of"])
    return found


def corpus(spec):
    """The first byte picks the action (fuzz_json.c, fuzz_query.c): from A on requests, from a on responses."""
    for index, action in enumerate(spec["actions"]):
        name = snake(action["name"])
        request = json.dumps(sample_json(spec, action["request"]))
        yield f"src/fuzz/corpus/json/{name}_request", chr(ord("A") + index) + request
        if "response" in action:
            response = json.dumps(sample_json(spec, action["response"]))
            yield f"src/fuzz/corpus/json/{name}_response", chr(ord("a") + index) + response
        form = "&".join(f"{k}={v}" for k, v in [("Action", action["name"])] + sample_query(spec, action["request"]))
        yield f"src/fuzz/corpus/query/{name}", chr(ord("A") + index) + form


OUTPUTS = {
    "src/api/generated/types.h": emit_types,
    "src/api/generated/errors.h": emit_errors,
    "src/api/generated/tables.c": emit_tables,
    "doc/reference.md": emit_reference,
    "src/fuzz/json.dict": emit_dictionary(JSON_WORDS, json_words),
    "src/fuzz/query.dict": emit_dictionary(QUERY_WORDS, query_words),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=pathlib.Path, default=HERE.parent, metavar="DIR")
    to = parser.parse_args().to
    spec = json.loads((HERE / "sqs.json").read_text(encoding="utf-8"))
    check(spec)
    texts = {name: "\n".join(emit(spec)) + "\n" for name, emit in OUTPUTS.items()}
    for name, text in (texts | dict(corpus(spec))).items():
        path = to / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
