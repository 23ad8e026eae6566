package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

type certificate struct {
	tls          tls.Certificate
	sha1, sha256 string
}

// pairs is how vSphere writes a thumbprint: AA:BB:..
func pairs(sum []byte) string {
	return strings.ReplaceAll(strings.ToUpper(fmt.Sprintf("% x", sum)), " ", ":")
}

func newCertificate() (*certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	name := pkix.Name{CommonName: "localhost", Organization: []string{"VMware, Inc"}}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: name, Issuer: name,
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(10 * 365 * 24 * time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	s1, s256 := sha1.Sum(der), sha256.Sum256(der)
	return &certificate{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pairs(s1[:]), pairs(s256[:])}, nil
}

func listenLocal() (net.Listener, error) { return net.Listen("tcp4", "127.0.0.1:0") }

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// server is the HTTPS side. While it is away, every connection is cut at once.
type server struct {
	net.Listener
	port int

	mu    sync.Mutex
	away  bool
	conns map[net.Conn]bool
	cert  *certificate
}

func newServer(cert *certificate) (*server, error) {
	listener, err := listenLocal()
	if err != nil {
		return nil, err
	}
	return &server{Listener: listener, port: portOf(listener), conns: make(map[net.Conn]bool), cert: cert}, nil
}

func (s *server) start(handler http.Handler) {
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		// Without tickets a client notices a new certificate at its next connection.
		SessionTicketsDisabled: true,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return &s.cert.tls, nil
		},
	}
	h := &http.Server{
		Handler: handler, TLSConfig: config, ErrorLog: log.New(io.Discard, "", 0),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	go h.Serve(tls.NewListener(s, config))
}

type trackedConn struct {
	net.Conn
	server *server
}

func (c *trackedConn) Close() error {
	c.server.mu.Lock()
	delete(c.server.conns, c)
	c.server.mu.Unlock()
	return c.Conn.Close()
}

// Accept hides what is refused from the HTTP server.
func (s *server) Accept() (net.Conn, error) {
	for {
		conn, err := s.Listener.Accept()
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		if s.away {
			s.mu.Unlock()
			cut(conn)
			continue
		}
		tracked := &trackedConn{conn, s}
		s.conns[tracked] = true
		s.mu.Unlock()
		return tracked, nil
	}
}

// cut resets the connection, as a host that lost its power does.
func cut(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func (s *server) setAway(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
	if !away {
		return
	}
	for conn := range s.conns {
		cut(conn.(*trackedConn).Conn)
	}
	s.conns = make(map[net.Conn]bool)
}

func (s *server) newCertificate() (*certificate, error) {
	cert, err := newCertificate()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.cert = cert
	for conn := range s.conns { // the old one must not live on in open connections
		go conn.(*trackedConn).Conn.(*net.TCPConn).CloseRead()
	}
	s.mu.Unlock()
	return cert, nil
}
