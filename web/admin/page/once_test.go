package page_test

import (
	"errors"
	"strconv"
	"testing"

	"namets/web/admin/page"
)

func TestOnce_executesAFormOnce(t *testing.T) {
	var once page.Once[int]
	made, failure := 0, errors.New("no")
	send := func(number string, err error) (int, error) {
		return once.Do(number, func() (int, error) {
			if err == nil {
				made++
			}
			return made, err
		})
	}
	if _, err := send("a", failure); !errors.Is(err, failure) {
		t.Fatalf("error %v", err)
	}
	for _, want := range []struct {
		number string
		made   int
	}{{"a", 1}, {"b", 2}, {"a", 1}, {"b", 2}, {"", 3}, {"", 4}} {
		if got, err := send(want.number, nil); got != want.made || err != nil {
			t.Errorf("form %q: %d, %v, want %d", want.number, got, err, want.made)
		}
	}
	for i := range page.MaxOnce - 1 { // "a" is the oldest and is dropped
		if _, err := send(strconv.Itoa(i), nil); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := send("b", nil); got != 2 {
		t.Errorf("a remembered form made %d", got)
	}
	if got, _ := send("a", nil); got == 1 {
		t.Error("more forms than MaxOnce are remembered")
	}
}
