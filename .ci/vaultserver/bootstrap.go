package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
)

// bootstrap initialises and unseals the server behind handler, gives it the
// root token and mounts KV version 2 at secret/. It needs no listener.
func bootstrap(handler http.Handler, rootToken string) (ready, error) {
	var made struct {
		Keys  []string `json:"keys_base64"`
		Token string   `json:"root_token"`
	}
	err := call(handler, "", "PUT", "sys/init", map[string]any{"secret_shares": 1, "secret_threshold": 1}, &made)
	if err != nil {
		return ready{}, err
	}
	steps := []struct {
		token, method, path string
		body                map[string]any
	}{
		{"", "PUT", "sys/unseal", map[string]any{"key": made.Keys[0]}},
		{made.Token, "POST", "auth/token/create", map[string]any{"id": rootToken, "policies": []string{"root"}}},
		{rootToken, "POST", "sys/mounts/secret",
			map[string]any{"type": "kv", "options": map[string]string{"version": "2"}}},
	}
	for _, s := range steps {
		if err := call(handler, s.token, s.method, s.path, s.body, nil); err != nil {
			return ready{}, err
		}
	}
	return ready{RootToken: rootToken, UnsealKeys: made.Keys}, nil
}

// call makes one request to Vault's API and decodes the answer into out,
// unless out is nil.
func call(handler http.Handler, token, method, path string, body, out any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req := httptest.NewRequest(method, "/v1/"+path, bytes.NewReader(encoded))
	req.Header.Set("X-Vault-Token", token)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, req)
	if answer.Code/100 != 2 {
		return fmt.Errorf("%s %s: %d: %s", method, path, answer.Code, answer.Body)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer.Body.Bytes(), out)
}
