package e2e

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os/exec"
	"testing"
)

// VaultOptions are the options of a Vault server. The zero value is an unsealed server with plain
// HTTP.
type VaultOptions struct {
	// Sealed starts it uninitialized and sealed, without RootToken, UnsealKeys and mounts.
	Sealed bool
	// Listen is its address; empty is a free port of 127.0.0.1. With the address of a stopped
	// server it replaces that server, with an empty storage.
	Listen string
	// CertFile and KeyFile (PEM) enable TLS.
	CertFile, KeyFile string
}

// VaultServer is a running Vault with KV version 1 and 2 and AppRole, with its storage in memory.
type VaultServer struct {
	Addr       string   // VAULT_ADDR: scheme, host and port
	RootToken  string   // empty if started sealed
	UnsealKeys []string // one key, base64; empty if started sealed

	child *child
}

// Vault starts a Vault server that runs until the test ends. Unless Sealed, it has KV version 2
// mounted at secret/.
func Vault(t testing.TB, opts VaultOptions) *VaultServer {
	t.Helper()
	path := part{name: "vaultd", variable: "NAMETS_VAULTD"}.find(t)
	cmd := exec.Command(path, vaultArgs(opts)...)
	cmd.Stderr = t.Output()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	server := &VaultServer{child: run(t, cmd)}
	line, err := lines.ReadBytes('\n')
	if err != nil {
		t.Fatalf("vault did not start: %v", err)
	}
	var told struct {
		Addr       string   `json:"addr"`
		RootToken  string   `json:"root_token"`
		UnsealKeys []string `json:"unseal_keys"`
	}
	if err := json.Unmarshal(line, &told); err != nil {
		t.Fatalf("vault printed %q: %v", line, err)
	}
	server.Addr, server.RootToken, server.UnsealKeys = told.Addr, told.RootToken, told.UnsealKeys
	return server
}

func vaultArgs(opts VaultOptions) []string {
	var args []string
	if !opts.Sealed {
		args = append(args, "-dev", "root-token-of-a-test")
	}
	if opts.Listen != "" {
		args = append(args, "-listen", opts.Listen)
	}
	if opts.CertFile != "" {
		args = append(args, "-tls-cert", opts.CertFile, "-tls-key", opts.KeyFile)
	}
	return args
}

// Stop ends the server before the test ends; its data is lost. It may be called repeatedly.
func (v *VaultServer) Stop() { v.child.stop() }

// Do makes a request to Vault's API (path without /v1/) as root, decodes the JSON response into
// answer, unless that is nil, and returns the status. A request without a response, or with one
// that is not JSON, fails the test. It uses plain HTTP only.
func (v *VaultServer) Do(t testing.TB, method, path string, body, answer any) int {
	t.Helper()
	header := http.Header{"X-Vault-Token": {v.RootToken}}
	return request(t, newClient(), method, v.Addr+"/v1/"+path, header, body, answer)
}
