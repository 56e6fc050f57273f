// Package auth says who is asking, and whether they may ask now: n8n with the API token, pages of
// the site itself, how often somebody does a thing. It decides and writes no answers; what a
// refusal looks like is for the caller to say.
package auth
