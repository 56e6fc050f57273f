package cli

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"namets/internal/prayer"
)

func prayerCommand() command {
	return command{"prayer", "", "compute prayer times for a place", prayerTimes}
}

// prayerFlags are the flags of the command prayer.
type prayerFlags struct {
	set                            *flagSet
	latitude, longitude, elevation *float64
	method                         *string
	fajr, isha                     *float64
	ishaMinutes                    *int
	asr                            *int
	from                           *string
	days                           *int
	zone, format, high             *string
	ramadanIsha, list              *bool
}

func newPrayerFlags(in *invocation) *prayerFlags {
	fs := in.flags("prayer --latitude N --longitude N --method NAME [flags]",
		`It computes prayer times and prints a line for each day: date,fajr,sunrise,dhuhr,asr,maghrib,isha.
The date is the civil date at the place; isha may be after its midnight. Where the sun does not set
or rise, a time is "no sunset" or "no sunrise". It reads no configuration and no database.`)
	return &prayerFlags{
		set:       fs,
		latitude:  fs.Float64("latitude", 0, "`degrees` north, negative in the south"),
		longitude: fs.Float64("longitude", 0, "`degrees` east, negative in the west"),
		elevation: fs.Float64("elevation", 0, "`metres` above the horizon that is seen from the place"),
		method:    fs.String("method", "", "`name` of the method, or custom; --list-methods lists them"),
		fajr:      fs.Float64("fajr-angle", 0, "`degrees` of the sun below the horizon at fajr, for the method custom"),
		isha:      fs.Float64("isha-angle", 0, "`degrees` of the sun below the horizon at isha, for the method custom"),
		ishaMinutes: fs.Int("isha-minutes", 0,
			"`minutes` from sunset to isha, for the method custom, in place of --isha-angle"),
		asr:    fs.Int("asr", 1, "`shadow` of asr: 1 (Shafi'i, Maliki, Hanbali) or 2 (Hanafi)"),
		from:   fs.String("from", "", "first `date`, YYYY-MM-DD (default today in the time zone)"),
		days:   fs.Int("days", 365, "`number` of days"),
		zone:   fs.String("time-zone", "UTC", "`zone` of the printed times, as in Africa/Lagos"),
		format: fs.String("format", "csv", "csv or json"),
		high: fs.String("high-latitude", string(prayer.MiddleOfNight),
			"`rule` for nights without darkness: middle, seventh or angle"),
		ramadanIsha: fs.Bool("ramadan-isha", false,
			"in Ramadan, 30 minutes more to isha for a method that counts minutes from sunset"),
		list: fs.Bool("list-methods", false, "print the methods and their angles"),
	}
}

func prayerTimes(_ context.Context, in *invocation, args []string) error {
	f := newPrayerFlags(in)
	if _, err := parse(f.set, args, 0); err != nil {
		return err
	}
	if *f.list {
		return printMethods(in.stdout)
	}
	settings, err := f.settings()
	if err != nil {
		return usageError{err}
	}
	first, zone, err := f.dates(time.Now())
	if err != nil {
		return usageError{err}
	}
	rows := make([]prayerRow, *f.days)
	for i := range rows {
		rows[i] = newPrayerRow(settings, first.AddDays(i), zone)
	}
	if *f.format == "json" {
		return printPrayerJSON(in.stdout, rows)
	}
	return printPrayerCSV(in.stdout, rows)
}

// settings returns what the flags say about the place and the method.
func (f *prayerFlags) settings() (*prayer.Settings, error) {
	given := f.given()
	for _, name := range []string{"latitude", "longitude", "method"} {
		if !given[name] {
			return nil, fmt.Errorf("--%s is missing", name)
		}
	}
	method, err := f.chosen()
	if err != nil {
		return nil, err
	}
	s := &prayer.Settings{Place: prayer.Place{Latitude: *f.latitude, Longitude: *f.longitude, Elevation: *f.elevation},
		Method: method, Asr: *f.asr, HighLatitude: prayer.HighLatitude(*f.high), RamadanIsha: *f.ramadanIsha}
	if s.HighLatitude == "" {
		return nil, errors.New("--high-latitude is empty; want middle, seventh or angle")
	}
	return s, s.Validate()
}

// chosen returns the method.
func (f *prayerFlags) chosen() (prayer.Method, error) {
	given := f.given()
	fajr, isha, minutes := given["fajr-angle"], given["isha-angle"], given["isha-minutes"]
	if *f.method == prayer.Custom {
		if !fajr || isha == minutes {
			return prayer.Method{}, errors.New(
				"the method custom needs --fajr-angle and either --isha-angle or --isha-minutes")
		}
		if minutes && *f.ishaMinutes == 0 {
			return prayer.Method{}, errors.New("--isha-minutes must be above 0")
		}
		return prayer.Method{Name: prayer.Custom, Fajr: *f.fajr, Isha: *f.isha, IshaMinutes: *f.ishaMinutes}, nil
	}
	m, ok := prayer.MethodNamed(*f.method)
	switch {
	case !ok:
		var names []string
		for _, m := range prayer.Methods() {
			names = append(names, m.Name)
		}
		return m, fmt.Errorf("--method must be one of %s, %s", strings.Join(names, ", "), prayer.Custom)
	case fajr || isha || minutes:
		return m, errors.New("--fajr-angle, --isha-angle and --isha-minutes belong to the method custom")
	}
	return m, nil
}

// dates returns the first day and the zone, and checks the number of days and the format.
func (f *prayerFlags) dates(now time.Time) (prayer.Date, *time.Location, error) {
	var none prayer.Date
	zone, err := time.LoadLocation(*f.zone)
	if err != nil || *f.zone == "" || *f.zone == "Local" {
		return none, nil, errors.New("--time-zone must be a name of the time zone database, as in Africa/Lagos")
	}
	day := now.In(zone)
	if *f.from != "" {
		if day, err = time.Parse(time.DateOnly, *f.from); err != nil {
			return none, nil, errors.New("--from must be a date of the form YYYY-MM-DD")
		}
	}
	switch {
	case day.Year() < 1900 || day.Year() > 2199:
		return none, nil, errors.New("--from must be in the years 1900 to 2199")
	case *f.days < 1 || *f.days > 36600:
		return none, nil, errors.New("--days must be between 1 and 36600")
	case *f.format != "csv" && *f.format != "json":
		return none, nil, errors.New("--format must be csv or json")
	}
	return prayer.Date{Year: day.Year(), Month: day.Month(), Day: day.Day()}, zone, nil
}

// prayerRow is a day in the output. Times are HH:MM, or why there is none.
type prayerRow struct {
	Date    string `json:"date"`
	Fajr    string `json:"fajr"`
	Sunrise string `json:"sunrise"`
	Dhuhr   string `json:"dhuhr"`
	Asr     string `json:"asr"`
	Maghrib string `json:"maghrib"`
	Isha    string `json:"isha"`
}

func newPrayerRow(s *prayer.Settings, d prayer.Date, zone *time.Location) prayerRow {
	times := s.Day(d, zone)
	text := func(t time.Time) string {
		if t.IsZero() {
			return string(times.Missing)
		}
		return t.In(zone).Format("15:04")
	}
	return prayerRow{fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day), text(times.Fajr), text(times.Sunrise),
		text(times.Dhuhr), text(times.Asr), text(times.Maghrib), text(times.Isha)}
}

func printPrayerCSV(w io.Writer, rows []prayerRow) error {
	out := csv.NewWriter(w)
	names := prayer.Names()
	lines := [][]string{append([]string{"date"}, names[:]...)}
	for i := range rows {
		r := &rows[i]
		lines = append(lines, []string{r.Date, r.Fajr, r.Sunrise, r.Dhuhr, r.Asr, r.Maghrib, r.Isha})
	}
	return out.WriteAll(lines)
}

func printPrayerJSON(w io.Writer, rows []prayerRow) error {
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(rows); err != nil {
		return err
	}
	return out.Flush()
}

func printMethods(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "NAME\tFAJR\tISHA\tMAGHRIB\tMINUTES ADDED\tTITLE")
	degrees := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) + "°" }
	for _, m := range prayer.Methods() {
		isha, maghrib := degrees(m.Isha), "sunset"
		if m.IshaMinutes != 0 {
			isha = fmt.Sprint(m.IshaMinutes, " min")
		}
		if m.Maghrib != 0 {
			maghrib = degrees(m.Maghrib)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", m.Name, degrees(m.Fajr), isha, maghrib, added(m.Minutes), m.Title)
	}
	fmt.Fprintf(out, "%s\t\t\tsunset\t-\tyour own: --fajr-angle, and --isha-angle or --isha-minutes\n", prayer.Custom)
	return out.Flush()
}

// added lists the minutes that are not 0.
func added(m prayer.Minutes) string {
	var list []string
	for i, n := range []int{m.Fajr, m.Sunrise, m.Dhuhr, m.Asr, m.Maghrib, m.Isha} {
		if n != 0 {
			list = append(list, fmt.Sprintf("%s %+d", prayer.Names()[i], n))
		}
	}
	if len(list) == 0 {
		return "-"
	}
	return strings.Join(list, ", ")
}

// given returns the names of the flags in the command line.
func (f *prayerFlags) given() map[string]bool {
	names := map[string]bool{}
	f.set.Visit(func(g *flag.Flag) { names[g.Name] = true })
	return names
}
