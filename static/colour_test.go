package static_test

import (
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"namets/static"
)

var (
	blockPattern  = regexp.MustCompile(`(?s)(:root[^{ ]*) \{(.*?)\}`)
	colourPattern = regexp.MustCompile(`(--[a-z-]+): #([0-9a-f]{6});`)
)

// palettes returns the colours of the style sheet: selector → name → hexadecimal digits.
func palettes(t *testing.T) map[string]map[string]string {
	t.Helper()
	css, err := fs.ReadFile(static.FS, "css/site.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := make(map[string]map[string]string)
	for _, block := range blockPattern.FindAllStringSubmatch(string(css), -1) {
		colours := make(map[string]string)
		for _, m := range colourPattern.FindAllStringSubmatch(block[2], -1) {
			colours[m[1]] = m[2]
		}
		blocks[block[1]] = colours
	}
	if len(blocks) != 3 {
		t.Fatalf("got %d palettes, want light, dark by system setting, dark by choice", len(blocks))
	}
	return blocks
}

func TestStyle_darkIsTheSameByChoiceAndBySystemSetting(t *testing.T) {
	all := palettes(t)
	bySystem, byChoice := all[`:root:not([data-theme="light"])`], all[`:root[data-theme="dark"]`]
	if diff := cmp.Diff(bySystem, byChoice); diff != "" {
		t.Errorf("-by system setting +by choice:\n%s", diff)
	}
	if len(byChoice) != len(all[":root"]) {
		t.Errorf("the dark palette has %d colours, the light one %d", len(byChoice), len(all[":root"]))
	}
}

func TestStyle_keepsContrastInBothThemes(t *testing.T) {
	pairs := []struct {
		front string
		backs []string
		least float64 // WCAG 2.2: 4.5 for text, 3 for the edges of controls
	}{
		{"--ink", []string{"--page", "--surface", "--sunken", "--accent-wash", "--good-wash", "--warn-wash",
			"--bad-wash"}, 4.5},
		{"--soft", []string{"--page", "--surface", "--sunken", "--accent-wash"}, 4.5},
		{"--accent", []string{"--page", "--surface", "--sunken", "--accent-wash", "--good-wash", "--warn-wash",
			"--bad-wash"}, 4.5},
		{"--accent-strong", []string{"--page", "--surface", "--sunken", "--accent-wash"}, 4.5},
		{"--on-accent", []string{"--accent", "--accent-strong"}, 4.5},
		{"--good", []string{"--page", "--surface", "--good-wash"}, 4.5},
		{"--warn", []string{"--page", "--surface", "--warn-wash"}, 4.5},
		{"--bad", []string{"--page", "--surface", "--sunken", "--bad-wash"}, 4.5},
		{"--bad-strong", []string{"--bad-wash"}, 4.5},
		{"--edge", []string{"--page", "--surface", "--sunken"}, 3},
	}
	for selector, colours := range palettes(t) {
		for _, pair := range pairs {
			for _, back := range pair.backs {
				if got := contrast(t, colours[pair.front], colours[back]); got < pair.least {
					t.Errorf("%s: %s on %s has contrast %.2f, want %.1f", selector, pair.front, back, got, pair.least)
				}
			}
		}
	}
}

// contrast returns the WCAG contrast ratio of two colours, 1 to 21.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	rgb, err := strconv.ParseUint(colour, 16, 32)
	if err != nil {
		t.Fatal(fmt.Errorf("read colour %q: %w", colour, err))
	}
	linear := func(shift int) float64 {
		c := float64(rgb>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
}

func TestColour_isTheAccentOfTheLightPalette(t *testing.T) {
	if accent := "#" + palettes(t)[":root"]["--accent"]; accent != static.Colour {
		t.Errorf("the accent is %s, static.Colour %s", accent, static.Colour)
	}
}
