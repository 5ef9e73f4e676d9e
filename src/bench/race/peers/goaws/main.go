// Goaws as its own command runs it, but on 127.0.0.1 only (that one listens on all addresses) and without a line of log
// for each request. The argument is its configuration file.
package main

import (
	"net/http"
	"os"
	"time"

	"github.com/Admiral-Piett/goaws/app/conf"
	"github.com/Admiral-Piett/goaws/app/gosqs"
	"github.com/Admiral-Piett/goaws/app/router"
	"github.com/sirupsen/logrus"
)

func main() {
	logrus.SetLevel(logrus.ErrorLevel)
	ports := conf.LoadYamlConfig(os.Args[1], "Local")
	go gosqs.PeriodicTasks(time.Second, make(chan bool))
	logrus.Fatal(http.ListenAndServe("127.0.0.1:"+ports[0], router.New()))
}
