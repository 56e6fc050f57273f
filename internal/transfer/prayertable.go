package transfer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"namets/internal/namets"
)

// MaxDays is the maximum number of days for [DecodePrayersCSV]: more than a year.
const MaxDays = 400

// PrayerTable is the result of [DecodePrayersCSV].
type PrayerTable struct {
	// Days are the valid rows, with different days, by day. Only the date and the times are set.
	Days []namets.PrayerSchedule
	// Lines maps each day to its line in the file.
	Lines map[namets.Date]int
	// Bad are the invalid rows.
	Bad []BadRow
	// Ignored are the headings of unknown columns.
	Ignored []string

	rows []prayerRow // in the order of the file
}

// prayerRow is one row of a table of prayer times.
type prayerRow struct {
	day  namets.PrayerSchedule // a date that could not be read is zero, such a time is not valid
	line int
}

// prayerColumns are the columns of a table of prayer times: the date and ten times.
func prayerColumns() []string {
	names := []string{"date"}
	for _, p := range (namets.PrayerTimes{}).Prayers() {
		names = append(names, p.Name+"_adhan", p.Name+"_iqama")
	}
	return names
}

// timesOf returns pointers to the ten times of t, in the order of the columns.
func timesOf(t *namets.PrayerTimes) []*namets.TimeOfDay {
	return []*namets.TimeOfDay{&t.FajrAdhan, &t.FajrIqama, &t.DhuhrAdhan, &t.DhuhrIqama, &t.AsrAdhan, &t.AsrIqama,
		&t.MaghribAdhan, &t.MaghribIqama, &t.IshaAdhan, &t.IshaIqama}
}

// DecodePrayersCSV is [ReadPrayersCSV] for a table in memory.
func DecodePrayersCSV(data []byte) (*PrayerTable, error) {
	return ReadPrayersCSV(bytes.NewReader(data))
}

// ReadPrayersCSV reads a table of prayer times: in the encodings and with the separators of a
// [SubscriberTable], a first line with the columns date, fajr_adhan, fajr_iqama and so on in any
// order. Errors: Invalid with Field file if the file as a whole is unusable; errors of reading.
func ReadPrayersCSV(table io.ReadSeeker) (*PrayerTable, error) {
	text, _, err := tableText(table)
	if err != nil {
		return nil, err
	}
	r, head, err := openTable(text)
	if err != nil {
		return nil, err
	}
	t := &PrayerTable{}
	columnAt, err := t.head(head)
	if err != nil {
		return nil, err
	}
	for {
		cells, line, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, brokenTable(err)
		}
		if len(t.rows) == MaxDays {
			return nil, badTable(fmt.Sprintf("has more than %d rows: split it", MaxDays))
		}
		t.rows = append(t.rows, prayerRow{readDay(columnAt, cells), line})
	}
	t.Check(nil)
	return t, nil
}

// Span returns the first and the last day of the table, including bad rows, and reports whether
// there is any.
func (t *PrayerTable) Span() (first, last namets.Date, found bool) {
	for _, row := range t.rows {
		switch d := row.day.Date; {
		case d == namets.Date{}:
		case !found:
			first, last, found = d, d, true
		case d.Compare(first) < 0:
			first = d
		case d.Compare(last) > 0:
			last = d
		}
	}
	return first, last, found
}

// Check decides again which rows are valid: for a stored day, only changed times are checked.
func (t *PrayerTable) Check(stored map[namets.Date]*namets.PrayerSchedule) {
	t.Days, t.Bad, t.Lines = nil, nil, map[namets.Date]int{}
	for i := range t.rows {
		day, line := &t.rows[i].day, t.rows[i].line
		first, twice := t.Lines[day.Date]
		problems, broken := errors.AsType[namets.Problems](day.ValidateChange(stored[day.Date]))
		switch {
		case day.Date == namets.Date{}:
			t.bad(line, "date must be a day such as 2026-03-01")
		case broken:
			t.bad(line, problems[0].Field+" "+problems[0].Message)
		case twice:
			t.bad(line, fmt.Sprintf("has the day that is in line %d already", first))
		default:
			t.Days, t.Lines[day.Date] = append(t.Days, *day), line
		}
	}
	sort.Slice(t.Days, func(i, j int) bool { return t.Days[i].Date.Compare(t.Days[j].Date) < 0 })
}

func (t *PrayerTable) bad(line int, message string) {
	t.Bad = append(t.Bad, BadRow{Line: line, Message: message})
}

// head returns the index of each known column, in their order.
func (t *PrayerTable) head(cells []string) ([]int, error) {
	columns := prayerColumns()
	columnAt := slices.Repeat([]int{-1}, len(columns))
	for i, cell := range cells {
		name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(cell)), " ", "_")
		at := slices.Index(columns, name)
		switch {
		case at < 0 && name != "":
			t.Ignored = append(t.Ignored, strings.TrimSpace(cell))
		case at < 0:
		case columnAt[at] >= 0:
			return nil, badTable("has the column " + name + " twice")
		default:
			columnAt[at] = i
		}
	}
	var missing []string
	for i, name := range columns {
		if columnAt[i] < 0 {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, badTable("needs a first line with the names of its columns; missing: " +
			strings.Join(missing, ", "))
	}
	return columnAt, nil
}

// readDay parses the cells.
func readDay(columnAt []int, cells []string) (s namets.PrayerSchedule) {
	cell := func(i int) string {
		if columnAt[i] >= len(cells) {
			return ""
		}
		return strings.TrimSpace(cells[columnAt[i]])
	}
	var err error
	if s.Date, err = namets.ParseDate(cell(0)); err != nil {
		s.Date = namets.Date{}
	}
	for i, target := range timesOf(&s.PrayerTimes) {
		if *target, err = namets.ParseTimeOfDay(fullHour(cell(i + 1))); err != nil {
			*target = -1
		}
	}
	return s
}

// fullHour adds the leading zero to a time such as 5:10, which spreadsheets write.
func fullHour(s string) string {
	if len(s) > 1 && s[1] == ':' {
		return "0" + s
	}
	return s
}

// EncodePrayersCSV writes the days as a table that [DecodePrayersCSV] reads.
func EncodePrayersCSV(w io.Writer, days []namets.PrayerSchedule) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	rows := [][]string{prayerColumns()}
	for i := range days {
		row := []string{days[i].Date.String()}
		for _, t := range timesOf(&days[i].PrayerTimes) {
			row = append(row, shortTime(*t))
		}
		rows = append(rows, row)
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write table of prayer times: %w", err)
	}
	return nil
}

// shortTime omits seconds that are zero.
func shortTime(t namets.TimeOfDay) string { return strings.TrimSuffix(t.String(), ":00") }
