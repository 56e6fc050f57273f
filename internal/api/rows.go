package api

import "sort"

// rows holds encoded JSON objects, each but the first with a comma before it.
type rows struct {
	data []byte
	ends []int // row number → where it ends in data
}

// add appends one object, which encode appends to its argument.
func (r *rows) add(encode func([]byte) []byte) {
	if len(r.ends) > 0 {
		r.data = append(r.data, ',')
	}
	r.data = encode(r.data)
	r.ends = append(r.ends, len(r.data))
}

// window returns the rows in [from, to), with commas between them; nothing if there are none. The
// caller must not change it.
func (r *rows) window(from, to int) []byte {
	if from >= to {
		return nil
	}
	start := 0
	if from > 0 {
		start = r.ends[from-1] + len(",")
	}
	return r.data[start:r.ends[to-1]]
}

// countBefore returns how many of the ascending times are before t.
func countBefore(times []int64, t int64) int {
	return sort.Search(len(times), func(i int) bool { return times[i] >= t })
}
