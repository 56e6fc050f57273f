// Command vaultserver is a real HashiCorp Vault (MPL-2.0, v1.14) for tests:
// the real HTTP layer, tokens, leases, policies and seal, with KV version 1
// and 2 and AppRole, and storage in memory.
//
// Without -dev it starts sealed and uninitialised, as `vault server` does.
// With -dev TOKEN it starts unsealed, with that root token and KV version 2
// mounted at secret/. Once it listens it writes one line of JSON to standard
// output; it ends when its standard input is closed, so that it never outlives
// the test that started it.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/vault"
)

// options are the command line.
type options struct {
	listen   string
	certFile string // empty: plain HTTP
	keyFile  string
	devToken string // empty: stay sealed and uninitialised
	logLevel string
}

// ready is the line that tells the test where the server is.
type ready struct {
	Addr       string   `json:"addr"`
	RootToken  string   `json:"root_token,omitempty"`
	UnsealKeys []string `json:"unseal_keys,omitempty"` // base64
}

func main() {
	var opts options
	flag.StringVar(&opts.listen, "listen", "127.0.0.1:0", "`address` to listen on")
	flag.StringVar(&opts.certFile, "tls-cert", "", "PEM `file` with the certificate; with it the "+
		"server speaks TLS only")
	flag.StringVar(&opts.keyFile, "tls-key", "", "PEM `file` with the certificate's key")
	flag.StringVar(&opts.devToken, "dev", "", "initialise and unseal, with this root `token`")
	flag.StringVar(&opts.logLevel, "log", "error", "`level` of the log on standard error")
	flag.Parse()
	if err := run(opts, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "vaultserver:", err)
		os.Exit(1)
	}
}

// run serves until stdin is closed.
func run(opts options, stdin io.Reader, stdout io.Writer) error {
	core, err := newCore(hclog.New(&hclog.LoggerOptions{
		Output: os.Stderr,
		Level:  hclog.LevelFromString(opts.logLevel),
	}))
	if err != nil {
		return fmt.Errorf("create the core: %w", err)
	}
	handler := vaulthttp.Handler.Handler(&vault.HandlerProperties{
		Core:           core,
		ListenerConfig: &configutil.Listener{},
	})
	var told ready
	if opts.devToken != "" {
		if told, err = bootstrap(handler, opts.devToken); err != nil {
			return fmt.Errorf("initialise: %w", err)
		}
	}
	listener, addr, err := listen(opts)
	if err != nil {
		return err
	}
	told.Addr = addr
	err = serve(listener, handler, told, stdin, stdout)
	return errors.Join(err, core.Shutdown())
}

// listen opens the port and returns the address that clients use.
func listen(opts options) (net.Listener, string, error) {
	listener, err := net.Listen("tcp", opts.listen)
	if err != nil {
		return nil, "", err
	}
	if opts.certFile == "" {
		return listener, "http://" + listener.Addr().String(), nil
	}
	pair, err := tls.LoadX509KeyPair(opts.certFile, opts.keyFile)
	if err != nil {
		return nil, "", errors.Join(err, listener.Close())
	}
	secure := tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{pair},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},
	})
	return secure, "https://" + listener.Addr().String(), nil
}

// serve answers until stdin is closed or the listener fails.
func serve(listener net.Listener, handler http.Handler, told ready, stdin io.Reader, stdout io.Writer) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 2)
	go func() { ended <- server.Serve(listener) }()
	go func() {
		_, err := io.Copy(io.Discard, stdin)
		ended <- err
	}()
	if err := json.NewEncoder(stdout).Encode(told); err != nil {
		return err
	}
	if err := <-ended; err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if server.Shutdown(ctx) != nil { // a client still hangs on
		return server.Close()
	}
	return nil
}
