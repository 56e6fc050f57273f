package webtest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

// BrokenForm is the body of a POST that is no form, or not a whole one.
type BrokenForm struct {
	Name string
	Kind string // its Content-Type; empty: it has none
	Body string
	// Cut says that the connection ends before all of the declared body has come.
	Cut bool
}

// BrokenForms returns the form in every way in which it can be broken.
func BrokenForms(form url.Values) []BrokenForm {
	const encoded, parts, boundary = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "--b"
	sound := form.Encode()
	var multi strings.Builder
	for name, values := range form {
		for _, value := range values {
			multi.WriteString(boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" +
				value + "\r\n")
		}
	}
	return []BrokenForm{
		{"broken off", encoded, sound, true},
		{"broken off before its first byte", encoded, "", true},
		{"an escape", encoded, sound + "&a=%zz", false},
		{"a broken escape at the end", encoded, sound + "&a=%f", false},
		{"a semicolon", encoded, sound + "&a=1;b=2", false},
		{"too many fields", encoded, sound + strings.Repeat("&a", 1000), false},
		{"a broken parameter", encoded + "; charset", sound, false},
		{"no type", "", sound, false},
		{"neither type nor body", "", "", false},
		{"an odd type", ";", sound, false},
		{"text", "text/plain", sound, false},
		{"JSON", "application/json", `{"step":"import"}`, false},
		{"JSON as a form", "application/json; x=" + encoded, sound, false},
		{"no boundary", "multipart/form-data", multi.String() + boundary + "--", false},
		{"another boundary", "multipart/form-data; boundary=c", multi.String() + boundary + "--", false},
		{"multipart without its end", parts, multi.String(), false},
		{"multipart, an empty body", parts, "", false},
		{"multipart, broken off after its end", parts, multi.String() + boundary + "--\r\n", true},
		{"multipart, a broken header", parts, multi.String() + boundary + "\r\nContent-Disp", false},
		{"multipart, a bad header", parts, multi.String() + boundary + "\r\nno header\r\n\r\n\r\n" + boundary +
			"--", false},
		{"mixed", "multipart/mixed; boundary=b", multi.String() + boundary + "--", false},
	}
}

// Request returns the POST.
func (f BrokenForm) Request(target string) *http.Request {
	var body io.Reader = strings.NewReader(f.Body)
	if f.Cut {
		body = io.MultiReader(body, cut{})
	}
	req := httptest.NewRequestWithContext(context.Background(), http.MethodPost, target, body)
	req.ContentLength = int64(len(f.Body))
	if f.Cut {
		req.ContentLength += 10
	}
	if f.Kind != "" {
		req.Header.Set("Content-Type", f.Kind)
	}
	return req
}

// cut is the rest of a body whose connection has ended.
type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
