"""Reads callgrind's output and shares every instruction out to one stage of a request.

A function has a stage of its own when a rule names it or its file; what it costs itself counts there. A function
without one (of libc, libcrypto, src/base) works for whoever called it: its cost is shared out over its callers' stages
in proportion to what callgrind says each call cost. So the stages add up to the whole, and code may move from one
function to another without a change here.
"""
import re

# (pattern of the function's name, pattern of its file or object, stage); the first row that fits decides.
RULES = [(re.compile(name), re.compile(place), stage) for name, place, stage in [
    (r"^h2o_evloop_run$", r"", "h2o: sockets, parsing"),
    (r"^(h2o_start_response|h2o_send)$", r"", "h2o: answer"),
    (r"^SHA256_(Update|Final|Transform)$", r"", "SHA-256 in software"),
    (r"^MD5_(Update|Final|Transform)$", r"", "MD5"),
    (r"^clone$|^start_thread$|^\(below main\)$", r"", "other threads"),
    (r"", r"src/server/guard\.c$", "guard"),
    (r"", r"src/auth/(authorize|policy|condition|wildcard)\.c$", "policy"),
    (r"", r"src/auth/", "SigV4"),
    (r"", r"src/api/(query_\w+|json_decode|json_reader|walk)\.c$", "decode"),
    (r"", r"src/api/(\w*encode\w*|json_write|xml_\w+)\.c$", "encode the answer"),
    (r"", r"src/api/message_\w+\.c$", "message checks"),
    (r"^(directory|manifest)_", r"", "find the queue"),
    (r"", r"src/node/receipt\.c$", "receipt handles"),
    (r"", r"src/(node/storage\w*|log/\w+)\.c$", "log and bodies"),
    (r"", r"src/node/catalog\w*\.c$", "other threads"),
    (r"", r"src/node/", "node"),
    (r"", r"src/engine/", "engine"),
    (r"", r"src/(server|api)/", "server"),
    (r"", r"src/(main|admin|metadata)/", "other threads"),
]]
OTHER = "other threads"
PASSES = 60  # chains of inheriting functions are shorter


class Function:
    def __init__(self, name, place):
        self.cost = 0
        self.callers = {}  # Function -> instructions of its calls of this one
        self.calls = 0
        self.name = name
        self.stage = next((stage for names, places, stage in RULES
                           if names.search(name) and places.search(place)), None)
        self.shares = {self.stage: 1.0} if self.stage else {}

    def inherit(self):
        """Takes over the shares of the callers; True when something changed noticeably."""
        total = sum(self.callers.values())
        shares = {}
        for caller, cost in self.callers.items():
            for stage, share in caller.shares.items():
                shares[stage] = shares.get(stage, 0) + share * cost / max(total, 1)
        changed = any(abs(shares.get(stage, 0) - self.shares.get(stage, 0)) > 1e-6 for stage in {*shares, *self.shares})
        self.shares = shares
        return changed


class Profile:
    """One dump. costs: stage -> instructions; calls: function name -> how often it was called."""

    def __init__(self, path):
        self.functions = {}
        self._names = {}  # compressed number -> text, a table for each kind
        with open(path, encoding="utf-8", errors="replace") as lines:
            self._read(lines)
        self.costs = self._share_out()
        self.calls = {}
        for function in self.functions.values():
            self.calls[function.name] = self.calls.get(function.name, 0) + function.calls

    def _name(self, kind, text):
        """Callgrind writes "(number) text" once and "(number)" from then on."""
        match = re.match(r"\((\d+)\)(?: (.*))?$", text)
        if not match:
            return text
        if match.group(2) is not None:
            self._names[kind, match.group(1)] = match.group(2)
        return self._names[kind, match.group(1)]

    def _function(self, name, place):
        name = name.split("'")[0]  # deeper levels of a recursion
        if (name, place) not in self.functions:
            self.functions[name, place] = Function(name, place)
        return self.functions[name, place]

    def _read(self, lines):
        source = called_source = ""
        current = called = None
        is_call_cost = False
        for line in lines:
            line = line.rstrip("\n")
            key, _, value = line.partition("=")
            if key in ("fl", "fi", "fe"):
                source = self._name("file", value)
            elif key in ("cfi", "cfl"):
                called_source = self._name("file", value)
            elif key == "fn":
                current = self._function(self._name("fn", value), source)
                called_source = source
            elif key == "cfn":
                called = self._function(self._name("fn", value), called_source)
            elif key in ("ob", "cob"):
                self._name("object", value)
            elif key == "calls":
                called.calls += int(value.split()[0])
                is_call_cost = True
            elif re.match(r"[0-9+*-]", line):
                cost = int(line.split()[1])
                if is_call_cost:
                    if called is not current:
                        called.callers[current] = called.callers.get(current, 0) + cost
                    is_call_cost = False
                    called_source = source
                else:
                    current.cost += cost

    def _share_out(self):
        inheriting = [function for function in self.functions.values() if function.stage is None]
        for _ in range(PASSES):
            if not [function for function in inheriting if function.inherit()]:
                break
        costs = {}
        for function in self.functions.values():
            left = function.cost
            for stage, share in function.shares.items():
                costs[stage] = costs.get(stage, 0) + function.cost * share
                left -= function.cost * share
            costs[OTHER] = costs.get(OTHER, 0) + left
        return costs
