package page

import "sync"

// MaxOnce is the largest number of forms that are remembered.
const MaxOnce = 1000

// Once executes a form only once even if it is sent twice: it remembers the results of the last
// [MaxOnce] forms. It is safe for concurrent use.
type Once[T any] struct {
	mu    sync.Mutex
	done  map[string]T // number of the form → result
	order []string     // the numbers, oldest first
}

// Do runs make, unless a form with this number has succeeded before: then it returns that result. A
// failed form may be sent again. Other calls wait in the meantime. A form without a number is
// always executed.
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

// Once is [Once.Do] for a form that creates a row, and returns the id of the row.
func (v *Visit) Once(number string, make func() (int64, error)) (int64, error) {
	return v.kit.once.Do(number, make)
}
