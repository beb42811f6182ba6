{{- define "twp.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "twp.clusterName" -}}
{{- /* Of objects without a namespace: releases of the same name in two namespaces must not share them. */ -}}
{{- if has .Release.Namespace (list "" (include "twp.name" .)) }}{{ include "twp.name" . }}{{ else }}{{ printf "%s-%s" .Release.Namespace (include "twp.name" .) | trunc 52 | trimSuffix "-" }}{{ end }}
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
