// Package v1 serves the open API below /api/v1/, for authors of workflows and programs. It shares
// no code paths with the six frozen paths of package api.
//
// An operation is described once, by an [operation] and by the Go types of its parameters, its body
// and its rows. From that come the route, the checks before the handler, and the OpenAPI document.
// Huma does the describing; it never writes a response here: every answer and every error is
// written by one function of this package.
//
// # How a request is checked
//
// The token, the path, the method, the scope, the parameters, the body, in this order. A handler
// runs when all of that is right.
//
// # How to add an operation
//
// In the file of its resource, such as hooks.go, which has operations of each sort. Rows of a kind
// of content are written as contentwrites.go says, by the operations of a [writable]:
//
//  1. A struct of its parameters: fields with the tags path, query or header, and the mixins
//     [ByID], [ByKey], [Page], [Conditional], [Matching], [Notifying] and [Idempotent]. A mixin is
//     embedded, and its type is exported, else huma ignores its fields.
//  2. For a body, a struct of its members. The tags are the rules: json, doc, example, default,
//     enum, minLength, maxLength, minimum, maximum, pattern, format. An optional member that may
//     not be null is a pointer with omitempty; one that may be null is a [Nullable] with omitzero.
//     A member without omitempty or omitzero is required. Do not use uniqueItems.
//  3. A struct of the answer, or of one row of it, with the tags json and doc. It describes; rows
//     are written by package namets as bytes.
//  4. A call of [read] for a GET, of [write] for a body in JSON, of [act] without a body, or of
//     [writeBytes] for other bodies, in a function that [New] calls.
//  5. The methods of the store that it needs, in an interface of the file that store embeds.
//
// A handler returns one of the answers of answer.go, or an error: an error of package namets by
// its code, or a [Problem] for what only the API knows. It writes nothing itself.
package v1
