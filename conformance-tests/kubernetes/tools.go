//go:build tools

// Package tools pins the kubelet that judges us. go.sum holds the digests of everything that goes into it.
package tools

import _ "k8s.io/kubernetes/cmd/kubelet"
