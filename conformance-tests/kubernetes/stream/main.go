// Command stream is a client of the kubelet's streaming interface, as kubectl is through the API server.
//
//	stream exec|attach PROTOCOL URL     standard input, output and error are the container's; the exit code too
//	stream forward URL PORT             one connection to a port of the pod: standard input goes there, what comes back is printed
//
// PROTOCOL is spdy or websocket. URL is the kubelet's, with its query. Certificates are not verified.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/client-go/util/exec"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "stream:", err)
	}
	os.Exit(code)
}

func run(arguments []string) (int, error) {
	if len(arguments) != 3 {
		return 2, errors.New("see the head of the source for how to call it")
	}
	if arguments[0] == "forward" {
		return outcome(forward(arguments[1], arguments[2]))
	}
	return outcome(attach(arguments[1], arguments[2]))
}

func outcome(err error) (int, error) {
	var ended exec.CodeExitError
	if errors.As(err, &ended) {
		return ended.Code, nil
	}
	if err != nil {
		return 255, err
	}
	return 0, nil
}

func node(address string) (*rest.Config, *url.URL, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, nil, err
	}
	return &rest.Config{Host: target.Host, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}, target, nil
}

func attach(protocol, address string) error {
	config, target, err := node(address)
	if err != nil {
		return err
	}
	var executor remotecommand.Executor
	if protocol == "spdy" {
		executor, err = remotecommand.NewSPDYExecutor(config, http.MethodPost, target)
	} else {
		executor, err = remotecommand.NewWebSocketExecutor(config, http.MethodGet, address)
	}
	if err != nil {
		return err
	}
	query := target.Query()
	options := remotecommand.StreamOptions{Tty: query.Get("tty") == "1"}
	if query.Get("input") == "1" {
		options.Stdin = os.Stdin
	}
	if query.Get("output") == "1" {
		options.Stdout = os.Stdout
	}
	if query.Get("error") == "1" {
		options.Stderr = os.Stderr
	}
	limit, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	return executor.StreamWithContext(limit, options)
}

func forward(address, port string) error {
	config, target, err := node(address)
	if err != nil {
		return err
	}
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return err
	}
	dialer := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, target)
	stop, ready := make(chan struct{}), make(chan struct{})
	defer close(stop)
	var said strings.Builder
	forwarder, err := portforward.NewOnAddresses(dialer, []string{"127.0.0.1"}, []string{"0:" + port}, stop, ready, io.Discard, &said)
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- forwarder.ForwardPorts() }()
	select {
	case err := <-failed:
		return err
	case <-ready:
	case <-time.After(time.Minute):
		return errors.New("no port forwarding within a minute")
	}
	ports, err := forwarder.GetPorts()
	if err != nil {
		return err
	}
	connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", ports[0].Local))
	if err != nil {
		return err
	}
	defer connection.Close()
	if _, err := io.Copy(connection, os.Stdin); err != nil {
		return err
	}
	if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	if _, err := io.Copy(os.Stdout, connection); err != nil {
		return err
	}
	if said.Len() > 0 {
		return errors.New(said.String())
	}
	return nil
}
