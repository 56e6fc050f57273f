package n8n_test

import (
	"cmp"
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// mailing is one e-mail as its recipient receives it.
type mailing struct{ To, From, Subject, Text string }

// mailbox is a mail server that stores all e-mails.
type mailbox struct {
	port int
	came chan mailing
	// answer returns the response to a recipient; nil: all are accepted. It may block.
	answer atomic.Pointer[func(to string) string]
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	m := &mailbox{port: l.Addr().(*net.TCPAddr).Port, came: make(chan mailing, 1000)}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go m.talk(textproto.NewConn(conn))
		}
	}()
	return m
}

// welcome returns the response to a recipient.
func (m *mailbox) welcome(to string) string {
	if answer := m.answer.Load(); answer != nil {
		return (*answer)(to)
	}
	return "250 ok"
}

// refuse makes the mailbox reject these recipients, and nobody else, from now on.
func (m *mailbox) refuse(recipients ...string) {
	answer := func(to string) string {
		if slices.Contains(recipients, strings.ToLower(to)) {
			return "550 5.1.1 no such mailbox"
		}
		return "250 ok"
	}
	m.answer.Store(&answer)
}

// talk speaks as much SMTP as a sender needs.
func (m *mailbox) talk(conn *textproto.Conn) {
	defer conn.Close()
	var to string
	say := func(line string) { _ = conn.PrintfLine("%s", line) }
	say("220 test")
	for {
		line, err := conn.ReadLine()
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "RCPT":
			to = strings.Trim(line[len("RCPT TO:"):], "<>")
			say(m.welcome(to))
		case "DATA":
			say("354 go on")
			got, err := readMail(conn.DotReader())
			if err != nil {
				got.Text = err.Error()
			}
			got.To = to
			m.came <- got
			say("250 ok")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func readMail(r io.Reader) (mailing, error) {
	msg, err := mail.ReadMessage(r)
	if err != nil {
		return mailing{}, err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil {
		return mailing{}, err
	}
	body := msg.Body
	switch msg.Header.Get("Content-Transfer-Encoding") {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	return mailing{From: msg.Header.Get("From"), Subject: subject,
		Text: strings.TrimRight(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")}, err
}

// sortMails orders e-mails by recipient. Senders write its domain in lower case.
func sortMails(mails []mailing) {
	for i := range mails {
		mails[i].To = strings.ToLower(mails[i].To)
	}
	slices.SortFunc(mails, func(a, b mailing) int { return cmp.Compare(a.To, b.To) })
}

// next returns the next n e-mails, as sortMails orders them.
func (m *mailbox) next(t *testing.T, n int) []mailing {
	t.Helper()
	var got []mailing
	for deadline := time.After(time.Minute); len(got) < n; {
		select {
		case mail := <-m.came:
			got = append(got, mail)
		case <-deadline:
			t.Fatalf("%d e-mails arrived, want %d: %+v", len(got), n, got)
		}
	}
	sortMails(got)
	return got
}
