"""LocalStack as its own main module runs it, but on 127.0.0.1 only: its server opens its port on all addresses,
whatever it is told."""
import functools
import sys

from twisted.internet import endpoints

endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface="127.0.0.1")

from localstack.runtime.main import main  # noqa: E402

sys.exit(main())
