package main

import (
	"github.com/hashicorp/go-hclog"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

// newCore makes a Vault with empty storage in memory, sealed.
func newCore(log hclog.Logger) (*vault.Core, error) {
	storage, err := inmem.NewInmem(nil, log)
	if err != nil {
		return nil, err
	}
	return vault.NewCore(&vault.CoreConfig{
		Physical:           storage,
		LogicalBackends:    map[string]logical.Factory{"kv": kv.Factory},
		CredentialBackends: map[string]logical.Factory{"approle": approle.Factory},
		BuiltinRegistry:    plugins{},
		DisableMlock:       true,
		Logger:             log,
		StorageType:        "inmem",
	})
}

// plugins tells Vault that kv and approle, compiled in, are all there is.
type plugins struct{}

func (plugins) factory(name string, kind consts.PluginType) (logical.Factory, bool) {
	switch {
	case name == "kv" && kind == consts.PluginTypeSecrets:
		return kv.Factory, true
	case name == "approle" && kind == consts.PluginTypeCredential:
		return approle.Factory, true
	}
	return nil, false
}

func (p plugins) Contains(name string, kind consts.PluginType) bool {
	_, ok := p.factory(name, kind)
	return ok
}

func (p plugins) Get(name string, kind consts.PluginType) (func() (any, error), bool) {
	factory, ok := p.factory(name, kind)
	if !ok {
		return nil, false
	}
	return func() (any, error) { return factory, nil }, true
}

func (plugins) Keys(kind consts.PluginType) []string {
	switch kind {
	case consts.PluginTypeSecrets:
		return []string{"kv"}
	case consts.PluginTypeCredential:
		return []string{"approle"}
	}
	return nil
}

func (p plugins) DeprecationStatus(name string, kind consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, p.Contains(name, kind)
}

func (plugins) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }
