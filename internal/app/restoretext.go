package app

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"namets/internal/namets"
)

// TimeLayout is the format of times printed for people.
const TimeLayout = "2006-01-02 15:04:05 -07:00"

// LocalTime formats t in the zone, for people.
func LocalTime(t time.Time, zone *time.Location) string { return t.In(zone).Format(TimeLayout) }

// restoreText describes a restore to people. Its last line says where the replaced database is.
func restoreText(r namets.RestoreReport, source, kept string, zone *time.Location) string {
	var b strings.Builder
	if !r.Newest.IsZero() {
		fmt.Fprintf(&b, "The last change in the backup was made at %s.\n", LocalTime(r.Newest, zone))
	}
	b.WriteString(comparisonText(r))
	for _, section := range []struct {
		change namets.RowChange
		title  string
	}{
		{namets.RowBack, "Back, because they were deleted after the backup"},
		{namets.RowSwitched, "Switched as in the backup again"},
		{namets.RowGone, "Gone, because they were added after the backup"},
		{namets.RowLeft, "Stay away, because they left by themselves after the backup"},
		{namets.RowDeleted, "Stay deleted"},
		{namets.RowKept, "Stay switched as before the restore"},
		{namets.RowPassword, "Keep the password from before the restore"},
		{namets.RowRole, "Keep the role from before the restore"},
		{namets.RowRevoked, "Stay revoked"},
		{namets.RowReplaced, "Keep the value from before the restore"},
		{namets.RowOwner, "Stay, because nobody else could sign in as an owner"},
	} {
		writeRows(&b, section.title, section.change, r.Rows)
	}
	if r.Suppressed > 0 {
		fmt.Fprintf(&b, "Of those who left after the backup, %s: no import brings them back.\n",
			amount(r.Suppressed, "address is remembered", "addresses are remembered"))
	}
	if r.NotCarried > 0 {
		fmt.Fprintf(&b, "%s that left could not be carried over, because the backup comes from another instance: an "+
			"import may bring them back.\n", amount(r.NotCarried, "address", "addresses"))
	}
	if r.Deliveries+r.Announced > 0 {
		fmt.Fprintf(&b, "What was sent after the backup is not sent again. Carried over: %s, and %s.\n",
			amount(r.Deliveries, "delivery", "deliveries"),
			amount(r.Announced, "announcement or event", "announcements and events"))
	}
	if r.TokensAsInBackup > 0 {
		fmt.Fprintf(&b, "%s as in the backup, also if revoked since: \"namets apitoken list\" shows them.\n",
			amount(r.TokensAsInBackup, "API token works", "API tokens work"))
	}
	if r.HooksPaused > 0 {
		fmt.Fprintf(&b, "%s paused, because nobody knows whether they still exist: their workflows wake them when "+
			"they register again, and an owner can in the admin.\n", amount(r.HooksPaused, "hook is", "hooks are"))
	}
	b.WriteString("All users of the admin are signed out, and links to choose a password or to confirm a " +
		"subscription have ended.\n")
	writeHeld(&b, r.Held)
	fmt.Fprintf(&b, "restored %s", source)
	if kept != "" {
		fmt.Fprintf(&b, "; the replaced database is %s", kept)
	}
	return b.String() + "\n"
}

func comparisonText(r namets.RestoreReport) string {
	switch r.Compared {
	case namets.NothingReplaced:
		return "There was no database here: nobody can know what was sent, who left and what changed " +
			"after the backup.\n"
	case namets.NotReadable:
		return "The replaced database cannot be read (" + r.Trouble + "): nothing of it is carried over.\n"
	case namets.OtherInstance:
		return "The replaced database is not what became of the backup: nothing of it is carried over, " +
			"except who has left.\n"
	case namets.OtherBranch:
		return "The replaced database does not know the last changes of the backup: only who has left, which API " +
			"tokens were revoked and what was sent of what both know is carried over.\n"
	}
	return ""
}

// writeRows lists the rows with the change, under a title.
func writeRows(b *strings.Builder, title string, change namets.RowChange, rows []namets.RestoredRow) {
	n := 0
	for _, row := range rows {
		if row.Change != change {
			continue
		}
		if n++; n == 1 {
			fmt.Fprintf(b, "%s:\n", title)
		}
		fmt.Fprintf(b, "  %s %d: %s", row.Kind.Info().One, row.ID, printable(row.Name))
		if row.Detail != "" {
			fmt.Fprintf(b, " (%s)", row.Detail)
		}
		b.WriteByte('\n')
	}
}

// amount names n things.
func amount(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// printable removes characters from a name that could disturb the terminal or begin a line.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, name)
}

func writeHeld(b *strings.Builder, held []namets.HeldCount) {
	if len(held) == 0 {
		return
	}
	b.WriteString("Held until you decide, because nobody can know whether they were sent before the restore:\n")
	for _, h := range held {
		fmt.Fprintf(b, "  %d × %s, to %s\n", h.Count, h.Kind, amount(h.Recipients, "address", "addresses"))
	}
	b.WriteString("\"namets deliveries --state held\" lists them, \"namets deliveries release --before now\" sends " +
		"them, \"namets deliveries skip --before now\" gives them up.\n")
}
