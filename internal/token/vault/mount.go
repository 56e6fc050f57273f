package vault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// mount is the actual location of the secret.
type mount struct {
	path    string // with a slash at its end
	version int    // of the KV engine: 1 or 2
	secret  string // the path inside the mount
}

// api returns the request path that reads and writes the secret.
func (m mount) api() string {
	if m.version == 2 {
		return m.path + "data/" + m.secret
	}
	return m.path + m.secret
}

// policy returns the policy line that grants the capabilities.
func (m mount) policy(capabilities string) string {
	return fmt.Sprintf("path %q { capabilities = [%s] }", m.api(), capabilities)
}

// guessPolicy is the policy while Vault does not reveal the mount.
func guessPolicy(path, capabilities string) string {
	at, secret, _ := strings.Cut(path, "/")
	secret = strings.TrimPrefix(secret, "data/")
	two, one := mount{at + "/", 2, secret}, mount{at + "/", 1, secret}
	return two.policy(capabilities) + " for KV version 2, " + one.policy(capabilities) + " for version 1"
}

// findMount asks Vault what is mounted at the path. The status of the response is 200 if the mount
// is usable.
func (p *Provider) findMount(ctx context.Context) (mount, answer, error) {
	a, err := p.link.call(ctx, p.session.token, http.MethodGet, "sys/internal/ui/mounts/"+p.path, nil)
	if err != nil || a.status != http.StatusOK {
		return mount{}, a, err
	}
	path, _ := a.Data["path"].(string)
	kind, _ := a.Data["type"].(string)
	options, _ := a.Data["options"].(map[string]any)
	secret, within := strings.CutPrefix(p.path+"/", path)
	secret = strings.Trim(secret, "/")
	switch {
	case path == "" || !within:
		return mount{}, a, &outage{text: "it did not say what is mounted there"}
	case kind != "kv" && kind != "generic":
		return mount{}, a, fmt.Errorf("%w: at %s a secrets engine of type %q is mounted, not kv", errMount, path, kind)
	case secret == "":
		return mount{}, a, fmt.Errorf("%w: the path names the mount %s and no secret in it", errMount, path)
	}
	if version, _ := options["version"].(string); version == "2" {
		return mount{path, 2, strings.TrimPrefix(secret, "data/")}, a, nil
	}
	return mount{path, 1, secret}, a, nil
}

// errMount means that the mount can never contain the token.
var errMount = errors.New("fix VAULT_KV_PATH")
