package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"namets/internal/secret"
)

// The headers of a webhook, in addition to those that net/http sets.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
	headerHex       = "X-Namets-Signature"
	headerToken     = "X-Namets-Webhook-Token"
)

// keyPrefix marks base64 signing keys, as defined by Standard Webhooks.
const keyPrefix = "whsec_"

func decodeKey(encoded string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(encoded, "="))
}

// sign sets the headers by which the receiver knows a webhook, and, unless there is no key, that
// it is authentic:
//
//   - Standard Webhooks (webhook-id, webhook-timestamp, webhook-signature) with a signature for
//     each key. The key is what whsec_ carries in base64, or the text of a secret without that
//     prefix.
//   - X-Namets-Signature: sha256= and the HMAC-SHA256 of the raw body in hexadecimal digits. The
//     key is the whole text of the newest secret, so that it can be typed into n8n's Crypto node.
//   - X-Namets-Webhook-Token, see [HeaderToken].
//
// keys begin with the newest. It is written by hand because it is a few lines of crypto/hmac: the
// library of Standard Webhooks signs with one key and knows one of the headers. The tests verify
// with that library, which shows more when it has not signed.
func sign(h http.Header, keys []secret.Value, id string, at time.Time, body []byte) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	h.Set(headerID, id)
	h.Set(headerTimestamp, timestamp)
	if len(keys) == 0 {
		return
	}
	signatures := make([]string, len(keys))
	for i, key := range keys {
		sum := mac(standardKey(key), []byte(id+"."+timestamp+"."), body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(sum)
	}
	h.Set(headerSignature, strings.Join(signatures, " "))
	h.Set(headerHex, "sha256="+hex.EncodeToString(mac([]byte(keys[0].Reveal()), body)))
	h.Set(headerToken, HeaderToken(keys[0]).Reveal())
}

// HeaderToken returns the constant value of the header X-Namets-Webhook-Token for n8n's Header Auth
// credential: the hexadecimal HMAC-SHA256 of the text "X-Namets-Webhook-Token" under the whole text
// of key. It is zero for the zero key.
func HeaderToken(key secret.Value) secret.Value {
	if key.IsZero() {
		return secret.Value{}
	}
	return secret.New(hex.EncodeToString(mac([]byte(key.Reveal()), []byte(headerToken))))
}

// standardKey returns the bytes of a Standard Webhooks key.
func standardKey(key secret.Value) []byte {
	text := key.Reveal()
	if encoded, ok := strings.CutPrefix(text, keyPrefix); ok {
		if raw, err := decodeKey(encoded); err == nil {
			return raw
		}
	}
	return []byte(text)
}

func mac(key []byte, chunks ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range chunks {
		h.Write(p)
	}
	return h.Sum(nil)
}
