package page

import "sync"

// MaxOnce is how many forms are remembered at most.
const MaxOnce = 1000

// Once keeps a form that is sent twice from being carried out twice: it remembers what the last
// [MaxOnce] forms have made. It is safe for concurrent use.
type Once[T any] struct {
	mu    sync.Mutex
	done  map[string]T // the form's own number → what it made
	order []string     // the numbers, the oldest first
}

// Do runs make, unless a form with the number has made something already: then it returns that.
// What failed may be tried again. Other calls wait meanwhile. A form without a number is always
// carried out.
func (o *Once[T]) Do(number string, make func() (T, error)) (T, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if made, ok := o.done[number]; ok {
		return made, nil
	}
	made, err := make()
	if err != nil || number == "" {
		return made, err
	}
	if o.done == nil {
		o.done = map[string]T{}
	}
	o.done[number] = made
	if o.order = append(o.order, number); len(o.order) > MaxOnce {
		delete(o.done, o.order[0])
		o.order = o.order[1:]
	}
	return made, nil
}

// Once is [Once.Do] for a form that makes a row, of which it returns the id.
func (v *Visit) Once(number string, make func() (int64, error)) (int64, error) {
	return v.kit.once.Do(number, make)
}
