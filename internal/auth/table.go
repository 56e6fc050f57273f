package auth

import "hash/maphash"

// table keeps an entry for each of many keys, in memory that is allocated when it is made and never
// grows: when more keys are in use than it holds, it forgets those that have used up least. It
// does not allocate. Its caller locks it.
type table[T entry] struct {
	seed maphash.Seed
	sets [][slots]slot[T]
}

// entry is what a [table] keeps of a key.
type entry interface {
	// used is how much the key has used up; of two keys, the one with less is forgotten first.
	used() int64
}

// slots is how many keys share a place in a table.
const slots = 4

type slot[T entry] struct {
	key   uint64 // its hash
	entry T
}

// newTable returns a table that holds at least keys keys.
func newTable[T entry](keys int) *table[T] {
	sets := 1
	for sets*slots < keys {
		sets *= 2
	}
	return &table[T]{seed: maphash.MakeSeed(), sets: make([][slots]slot[T], sets)}
}

// of returns the entry of the key, a zero one if the table does not know it. It is valid until the
// next call.
func (t *table[T]) of(key string) *T {
	hash := maphash.String(t.seed, key)
	set := &t.sets[hash&uint64(len(t.sets)-1)]
	least := &set[0]
	for i := range set {
		switch {
		case set[i].key == hash:
			return &set[i].entry
		case set[i].entry.used() < least.entry.used():
			least = &set[i]
		}
	}
	*least = slot[T]{key: hash}
	return &least.entry
}
