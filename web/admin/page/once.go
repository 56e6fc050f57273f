package page

import "sync"

// MaxOnce is how many forms are remembered at most.
const MaxOnce = 1000

// onceOnly keeps a form that is sent twice from being carried out twice. It is safe for concurrent use.
type onceOnly struct {
	mu   sync.Mutex
	done map[string]int64 // the form's own number → id of what it made
}

// do runs make, unless a form with the number has made something already: then it returns that
// one's id.
func (o *onceOnly) do(number string, make func() (int64, error)) (int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if id, ok := o.done[number]; ok && number != "" {
		return id, nil
	}
	id, err := make()
	if err != nil || number == "" {
		return id, err
	}
	if len(o.done) >= MaxOnce {
		clear(o.done)
	}
	if o.done == nil {
		o.done = map[string]int64{}
	}
	o.done[number] = id
	return id, nil
}

// Once runs make, unless a form with the number has made something already: then it returns that
// one's id.
func (v *Visit) Once(number string, make func() (int64, error)) (int64, error) {
	return v.kit.once.do(number, make)
}
