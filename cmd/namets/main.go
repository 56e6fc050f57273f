// Command namets serves a community's subscribers, announcements, events and prayer times to n8n
// workflows. web/docs explains it; "namets help" lists the commands.
package main

import (
	"os"

	"namets/internal/cli"
)

func main() { os.Exit(cli.Main()) }
