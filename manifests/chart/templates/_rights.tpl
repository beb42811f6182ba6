{{- /* Written from controller/api/rights.py by `make charts`. */ -}}
{{- define "twp.operatorRules" -}}
# Finds the pools.
- apiGroups: [workerpools.dev]
  resources: [temporalworkerpools]
  verbs: [list, watch]
# Reports on the pools.
- apiGroups: [workerpools.dev]
  resources: [temporalworkerpools/status]
  verbs: [patch]
# Reads connectionRef.
- apiGroups: [workerpools.dev]
  resources: [temporalconnections]
  verbs: [get]
{{- if not .Values.watchNamespaces }}
# Compares the CRDs.
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  resourceNames: [temporalworkerpools.workerpools.dev, temporalconnections.workerpools.dev]
  verbs: [get]
{{- end }}
# Sees the replicas; reads again what it has just changed; writes slot variables, and the name of the pool as an annotation.
- apiGroups: [apps]
  resources: [deployments]
  verbs: [list, watch, get, patch]
# Sets the replicas.
- apiGroups: [apps]
  resources: [deployments/scale]
  verbs: [patch]
# Sees the pods; lets idle pods go first.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch, patch]
# Measures the usage for tuning.
- apiGroups: [metrics.k8s.io]
  resources: [pods]
  verbs: [list]
# Sees other scalers.
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [list, watch]
# Sees other scalers.
- apiGroups: [keda.sh]
  resources: [scaledobjects]
  verbs: [list, watch]
# Sees other scalers.
- apiGroups: [autoscaling.k8s.io]
  resources: [verticalpodautoscalers]
  verbs: [list, watch]
# Writes Events.
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end }}

{{- define "twp.electionRules" -}}
# Elects the replica that scales.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, create, update]
{{- end }}

{{- define "twp.connectionRules" -}}
# Reads the credentials for Temporal.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
# Reads the authorities of Temporal.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get]
{{- end }}
