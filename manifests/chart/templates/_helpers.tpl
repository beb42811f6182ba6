{{- define "twp.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "twp.clusterName" -}}
{{- /* Of objects without a namespace: releases of the same name in two namespaces must not share them. */ -}}
{{- if eq .Release.Namespace (include "twp.name" .) }}{{ include "twp.name" . }}{{ else }}{{ printf "%s-%s" .Release.Namespace (include "twp.name" .) | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "twp.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "twp.name" .) }}
{{- end }}

{{- define "twp.selector" -}}
app.kubernetes.io/name: temporal-worker-pools
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "twp.labels" -}}
{{ include "twp.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- end }}

{{- define "twp.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{ else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "twp.operatorRules" -}}
- apiGroups: [workerpools.dev]
  resources: [temporalworkerpools]
  verbs: [get, list, watch]
- apiGroups: [workerpools.dev]
  resources: [temporalworkerpools/status]
  verbs: [patch]
- apiGroups: [workerpools.dev]
  resources: [temporalconnections]
  verbs: [get]
{{- if not .Values.watchNamespaces }}
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  resourceNames: [temporalworkerpools.workerpools.dev, temporalconnections.workerpools.dev]
  verbs: [get]
{{- end }}
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, patch]
- apiGroups: [apps]
  resources: [deployments/scale]
  verbs: [patch]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, patch]
- apiGroups: [metrics.k8s.io]
  resources: [pods]
  verbs: [list]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [list, watch]
- apiGroups: [keda.sh]
  resources: [scaledobjects]
  verbs: [list, watch]
- apiGroups: [autoscaling.k8s.io]
  resources: [verticalpodautoscalers]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end }}
