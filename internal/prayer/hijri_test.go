package prayer_test

import (
	"testing"

	"namets/internal/prayer"
)

// TestCalendar_isThatOfICU compares with the calendar islamic-umalqura of ICU for 2020 to 2050.
func TestCalendar_isThatOfICU(t *testing.T) {
	list := rows(t, "icu.csv.gz")
	if len(list) != 11323 {
		t.Fatalf("%d days", len(list))
	}
	for _, r := range list {
		h, ok := prayer.Calendar{}.Date(date(t, r[0]))
		if !ok || h.String() != r[1] {
			t.Fatalf("%s is %s, want %s", r[0], h, r[1])
		}
	}
}

func TestCalendar_endsWhereTheTableEnds(t *testing.T) {
	first, last := prayer.Date{Year: 1882, Month: 11, Day: 12}, prayer.Date{Year: 2174, Month: 11, Day: 25}
	for d, want := range map[prayer.Date]string{first: "1300-01-01", last: "1600-12-30"} {
		if h, ok := (prayer.Calendar{}).Date(d); !ok || h.String() != want {
			t.Errorf("%v is %s, %v", d, h, ok)
		}
	}
	for _, d := range []prayer.Date{first.AddDays(-1), last.AddDays(1), {Year: 1, Month: 1, Day: 1},
		{Year: 9999, Month: 12, Day: 31}} {
		if h, ok := (prayer.Calendar{}).Date(d); ok {
			t.Errorf("%v is %s", d, h)
		}
	}
	for _, m := range []prayer.Month{{Year: 1299, Month: 12}, {Year: 1601, Month: 1}, {Year: 1448},
		{Year: 1448, Month: 13}} {
		if d, ok := (prayer.Calendar{}).Start(m); ok {
			t.Errorf("%v starts on %v", m, d)
		}
	}
}

// TestCalendar_movesAMonth begins Ramadan 1447 a day later, as a Sultan may announce, and Shawwal a
// day earlier.
func TestCalendar_movesAMonth(t *testing.T) {
	ramadan, shawwal := prayer.Month{Year: 1447, Month: 9}, prayer.Month{Year: 1447, Month: 10}
	plain, _ := prayer.Calendar{}.Start(ramadan)
	fast, _ := prayer.Calendar{}.Start(shawwal)
	c := prayer.Calendar{Shifts: map[prayer.Month]int{ramadan: 1, shawwal: -1}}
	for d, want := range map[prayer.Date]string{
		plain: "1447-08-30", plain.AddDays(1): "1447-09-01", plain.AddDays(2): "1447-09-02",
		fast.AddDays(-2): "1447-09-28", fast.AddDays(-1): "1447-10-01", fast: "1447-10-02",
	} {
		if h, ok := c.Date(d); !ok || h.String() != want {
			t.Errorf("%v is %s, want %s", d, h, want)
		}
	}
	if d, ok := c.Start(ramadan); !ok || d != plain.AddDays(1) {
		t.Errorf("Ramadan starts on %v", d)
	}
}
