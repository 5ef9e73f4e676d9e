"""All cases below the level of SDKs, in this order."""
import sys

import harness
import test_json  # noqa: F401
import test_query  # noqa: F401
import test_rules  # noqa: F401
import test_frameworks  # noqa: F401
import test_answers  # noqa: F401
import test_auth  # noqa: F401
import test_policies  # noqa: F401
import test_hostile  # noqa: F401
import test_strangers  # noqa: F401
import test_floods  # noqa: F401
import test_polls  # noqa: F401
import test_clock  # noqa: F401
import test_first_steps  # noqa: F401
import test_starts  # noqa: F401
import test_data  # noqa: F401
import test_process  # noqa: F401
import test_readme  # noqa: F401
import test_tools  # noqa: F401
import test_redis  # noqa: F401

if __name__ == "__main__":
    sys.exit(harness.run(sys.argv[1] if len(sys.argv) > 1 else ""))
