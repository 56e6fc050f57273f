package vault_test

import (
	"testing"

	"namets/internal/secret"
	"namets/internal/token"
	"namets/internal/token/vault"
)

func TestProvider_findsMountAndVersionByItself(t *testing.T) {
	s := start(t)
	s.mount(t, "team/a/secret", "2")
	s.mount(t, "old/kv", "1")
	s.do(t, "POST", "team/a/secret/data/apps/n8n/namets", keys{"data": keys{"N8N_API_TOKEN": first}}, nil)
	s.do(t, "POST", "team/a/secret/data/data/x", keys{"data": keys{"N8N_API_TOKEN": second}}, nil)
	s.do(t, "PUT", "old/kv/data/namets", keys{"N8N_API_TOKEN": first}, nil)
	s.do(t, "PUT", "old/kv/with blank/ü", keys{"N8N_API_TOKEN": second}, nil)
	for path, want := range map[string]string{
		"team/a/secret/apps/n8n/namets":      first,
		"team/a/secret/data/apps/n8n/namets": first,
		"/team/a/secret/apps/n8n/namets/":    first,
		"team/a/secret/data/data/x":          second,
		"old/kv/data/namets":                 first,
		"old/kv/data/with blank/ü":           second,
		"old/kv/with blank/ü":                second,
	} {
		t.Run(path, func(t *testing.T) { wantToken(t, open(t, s.asRoot(path)), want) })
	}
}

func TestProvider_readsVersion1WithDataInThePathUnderAPolicyForItWithout(t *testing.T) {
	s := start(t)
	s.mount(t, "kv", "1")
	s.do(t, "PUT", "kv/namets", keys{"N8N_API_TOKEN": first}, nil)
	p := open(t, vault.Config{Address: s.Addr, KVPath: "kv/data/namets",
		Token: secret.New(s.login(t, `path "kv/namets" { capabilities = ["read"] }`, nil))})
	wantToken(t, p, first)
	s.do(t, "DELETE", "kv/namets", nil, nil)
	_ = fetchError(t, p)
	s.do(t, "PUT", "kv/namets", keys{"N8N_API_TOKEN": second}, nil)
	wantToken(t, p, second)
}

func TestProvider_noticesThatTheMountWasReplaced(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	root := open(t, s.asRoot("secret/data/namets"))
	wantToken(t, root, first)
	both := s.login(t, `path "secret/data/namets" { capabilities = ["read"] }
path "secret/namets" { capabilities = ["read"] }`, nil)
	limited := open(t, vault.Config{Address: s.Addr, KVPath: "secret/namets", Token: secret.New(both)})
	wantToken(t, limited, first)

	s.do(t, "DELETE", "sys/mounts/secret", nil, nil)
	s.mount(t, "secret", "1")
	s.do(t, "PUT", "secret/namets", keys{"N8N_API_TOKEN": second}, nil)
	wantToken(t, limited, second)

	s.do(t, "DELETE", "sys/mounts/secret", nil, nil)
	s.mount(t, "secret", "2")
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	wantToken(t, limited, first)
	wantToken(t, root, first)
}

func TestProvider_refusesAPathThatCannotHoldTheToken(t *testing.T) {
	s := start(t)
	s.mount(t, "team/kv", "1")
	for path, words := range map[string]string{
		"cubbyhole/namets": "cubbyhole",
		"sys/namets":       "system",
		"team/kv":          "no secret",
	} {
		t.Run(path, func(t *testing.T) {
			wantError(t, fetchError(t, open(t, s.asRoot(path))), token.ErrConfig, "VAULT_KV_PATH", words)
		})
	}
}

func TestProvider_asksForTheMountOnce(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	front := s.record(t, nil)
	c := s.asRoot("secret/namets")
	c.Address = front.url
	p := open(t, c)
	for range 3 {
		wantToken(t, p, first)
	}
	if n := front.count("GET sys/internal/ui/mounts/secret/namets"); n != 1 {
		t.Errorf("asked for the mount %d times, want once", n)
	}
}
