// Package namets is the domain: subscribers, announcements, events, patrons and prayer times, the
// rules for their values, the actors who change them, and the errors. Besides the standard library
// it imports only the Unicode tables that addresses need (x/net/idna, x/text). It does no input or
// output; every other package may import it.
//
// Each file contains one aggregate with its rules and validation: subscriber.go, subscription.go,
// announcement.go, event.go, patron.go, prayer.go, user.go. What happens to them is in
// notification.go, delivery.go, audit.go, import.go and restore.go; their building blocks are in
// values.go, email.go, content.go, rules.go and errors.go.
//
// Times are instants with microsecond precision. Code that receives one from outside truncates it
// with [Micro]; a time from the store is in UTC. Sections cited in comments are those of
// internal/api/CONTRACT.md.
package namets
