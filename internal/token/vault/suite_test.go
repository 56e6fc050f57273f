package vault_test

import (
	"fmt"
	"testing"

	"namets/internal/token/tokentest"
)

func TestProvider_keepsTheContractWithKVVersion2(t *testing.T) {
	s := start(t)
	n := 0
	tokentest.Run(t, func(t *testing.T, value string) tokentest.Harness {
		n++
		name := fmt.Sprintf("namets-%d", n)
		s.put(t, name, keys{"N8N_API_TOKEN": value})
		return tokentest.Harness{
			Provider: open(t, s.asRoot("secret/"+name)),
			Put:      func(t *testing.T, value string) { s.put(t, name, keys{"N8N_API_TOKEN": value}) },
			Remove:   func(t *testing.T) { s.do(t, "DELETE", "secret/metadata/"+name, nil, nil) },
			Delete:   func(t *testing.T) { s.do(t, "DELETE", "secret/data/"+name, nil, nil) },
			Restore:  func(t *testing.T) { s.do(t, "PUT", "secret/undelete/"+name, keys{"versions": []int{1}}, nil) },
			Break:    func(t *testing.T) { s.do(t, "PUT", "sys/seal", nil, nil) },
			Repair:   func(t *testing.T) { s.unseal(t) },
			Versions: true,
		}
	})
}

func TestProvider_keepsTheContractWithKVVersion1(t *testing.T) {
	s := start(t)
	s.mount(t, "team/a/kv", "1")
	n := 0
	tokentest.Run(t, func(t *testing.T, value string) tokentest.Harness {
		n++
		path := fmt.Sprintf("team/a/kv/app/namets-%d", n)
		put := func(t *testing.T, value string) { s.do(t, "PUT", path, keys{"N8N_API_TOKEN": value}, nil) }
		put(t, value)
		return tokentest.Harness{
			Provider: open(t, s.asRoot(path)),
			Put:      put,
			Remove:   func(t *testing.T) { s.do(t, "DELETE", path, nil, nil) },
			Break:    func(t *testing.T) { s.do(t, "PUT", "sys/seal", nil, nil) },
			Repair:   func(t *testing.T) { s.unseal(t) },
		}
	})
}

func (s server) unseal(t *testing.T) {
	t.Helper()
	s.do(t, "PUT", "sys/unseal", keys{"key": s.UnsealKeys[0]}, nil)
}
