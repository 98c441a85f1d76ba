// Package conformance holds a whole hub to the texts of the protocols it speaks:
// Engine.IO 4, Socket.IO 5 and RFC 6455. Each test is a rule of a text, tried with
// plain requests and bytes, so that no client's own leniency is in between. It has
// only tests.
package conformance
