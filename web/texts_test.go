package web_test

import (
	"reflect"
	"testing"
	"time"

	"namets/web"
)

func TestEnglish_leavesNothingUnsaid(t *testing.T) {
	requireTexts(t, "English", reflect.ValueOf(*web.English()))
}

// requireTexts reports every empty string, function and map in v and what it holds.
func requireTexts(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			requireTexts(t, name+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			requireTexts(t, name+"["+key.String()+"]", v.MapIndex(key))
		}
		fallthrough
	default:
		if v.IsZero() || v.Kind() == reflect.Map && v.Len() == 0 {
			t.Errorf("%s is empty", name)
		}
	}
}

func TestEnglish_writesADayInItsOwnZone(t *testing.T) {
	lagos := time.FixedZone("WAT", 3600)
	got := web.English().Date(time.Date(2026, 2, 28, 23, 30, 0, 0, time.UTC).In(lagos))
	if want := "Sunday, 1 March 2026"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
