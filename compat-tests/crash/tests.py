"""All cases of crashes and failing disks, in this order."""
import sys

import base
import faults
import test_kills  # noqa: F401
import test_points  # noqa: F401
import test_disk  # noqa: F401
import test_full  # noqa: F401
import test_time  # noqa: F401
import test_consumers  # noqa: F401

if __name__ == "__main__":
    try:
        sys.exit(base.run(sys.argv[1] if len(sys.argv) > 1 else ""))
    finally:
        faults.close()
