package page

import (
	"fmt"
	"strings"
	"time"

	"namets/internal/namets"
)

// FieldNames joins the names of columns, as pages write them.
func FieldNames(columns []string) string {
	return strings.ReplaceAll(strings.Join(columns, ", "), "_", " ")
}

// SizeText formats a number of bytes: "1.4 MB".
func SizeText(n int64) string {
	switch {
	case n < 1000:
		return Count(n).Of("byte", "bytes")
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

// Soon is how near the next attempt must be for a page to refresh itself.
const Soon = time.Minute

// Moving reports whether an attempt to deliver d is in progress or due soon.
func (v *Visit) Moving(d namets.Delivery) bool {
	return d.State == namets.Pending && v.kit.cfg.WebhooksOn &&
		(d.InFlight || d.NextAttempt == nil || d.NextAttempt.Sub(v.Now()) < Soon)
}

// ActName is the name of an action on pages.
func ActName(action string) string {
	switch action {
	case "create":
		return "Added"
	case "update":
		return "Changed"
	case "delete":
		return "Deleted"
	case "merge":
		return "Merged with another spelling"
	case "import":
		return "Imported"
	case "announce":
		return "Sent on its way"
	case "bounce":
		return "Reported that an e-mail was refused"
	case "lift":
		return "Allowed e-mails to this address again"
	}
	return Capital(strings.ReplaceAll(action, "_", " "))
}

// ActorName is the name of an actor on pages.
func ActorName(by namets.Actor) string {
	switch {
	case by.Kind == namets.Program && by.Name == namets.SharedTokenName:
		return "the shared API token"
	case by.Kind == namets.Program:
		return "the API token " + by.Name
	case strings.HasPrefix(by.Name, "command line") && by.Kind == namets.Command:
		return "the " + by.Name
	case by.Name != "" && by.Kind == namets.Command: // as earlier versions wrote it
		return "the command " + by.Name
	case by.Name != "":
		return by.Name
	case by.Kind == namets.Visitor:
		return "a visitor"
	case by.Kind == namets.Command:
		return "a command"
	}
	return "the service"
}
