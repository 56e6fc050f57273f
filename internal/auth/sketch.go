package auth

import (
	"hash/maphash"
	"time"
)

// sketch keeps a [Rate] for each of any number of keys in memory that is allocated when it is made.
// Each key has one cell in each of two tables, chosen by hashes that nobody outside can compute,
// and may do what the less used of the two allows. Other keys may use the same cells: a key may
// then do less than its rate, but never more, and nothing is ever forgotten to make room. Its
// caller locks it; now is the time since some fixed start.
type sketch struct {
	rate   Rate
	seeds  [2]maphash.Seed
	tables [2][sketchCells]time.Duration // when all that was used will be free again
}

// sketchCells is a power of two.
const sketchCells = 1 << 12

func newSketch(rate Rate) *sketch {
	return &sketch{rate: rate, seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
}

func (s *sketch) cells(key string) [2]*time.Duration {
	var cells [2]*time.Duration
	for i := range cells {
		cells[i] = &s.tables[i][maphash.String(s.seeds[i], key)%sketchCells]
	}
	return cells
}

// wait returns how long it takes until the key may be used; 0: it may now.
func (s *sketch) wait(key string, now time.Duration) time.Duration {
	cells := s.cells(key)
	return s.rate.wait(min(*cells[0], *cells[1]), now)
}

// use uses the key up once.
func (s *sketch) use(key string, now time.Duration) {
	for _, cell := range s.cells(key) {
		*cell = s.rate.use(*cell, now)
	}
}

// giveBack takes one use back, soon after it.
func (s *sketch) giveBack(key string) {
	for _, cell := range s.cells(key) {
		*cell -= s.rate.Every
	}
}
