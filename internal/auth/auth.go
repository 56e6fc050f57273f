// Package auth says who is asking and whether they may do so now: n8n by its API token, users by
// their sessions and passwords, and everybody by rate limits and the origin of a request. It
// decides but writes no responses; the caller words a refusal.
package auth
