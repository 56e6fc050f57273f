// Package namets is the domain: what a subscriber, an announcement, an event, a patron and a day's
// prayer times are, which values they may hold, who acts on them and how an act can fail. Besides
// the standard library it imports the tables of Unicode that addresses need (x/net/idna, x/text).
// It does no input or output; every other package may import it.
//
// A file holds one aggregate with its rules and its validation: subscriber.go, subscription.go,
// announcement.go, event.go, patron.go, prayer.go, user.go. What happens to them is in
// notification.go, delivery.go, audit.go, import.go and restore.go; what they are made of, in
// values.go, email.go, content.go, rules.go and errors.go.
//
// Times are instants with microsecond precision. Code that takes one from outside truncates it with
// [Micro]; a time that came out of storage is in UTC. Sections cited in comments are those of
// internal/api/CONTRACT.md.
package namets
