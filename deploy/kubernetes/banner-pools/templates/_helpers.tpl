{{- define "banner-pools.name" -}}
{{- if contains "banner-pools" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-banner-pools" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "banner-pools.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* What selects pods: never changed by an update. Takes (list $ "server"). */}}
{{- define "banner-pools.selector" -}}
app.kubernetes.io/name: banner-pools
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "banner-pools.labels" -}}
{{ include "banner-pools.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "banner-pools.logsClaim" -}}
{{ .Values.logs.claim | default (printf "%s-logs" (include "banner-pools.name" .)) }}
{{- end -}}

{{- define "banner-pools.artifactsClaim" -}}
{{ .Values.artifacts.claim | default (printf "%s-artifacts" (include "banner-pools.name" .)) }}
{{- end -}}

{{/* Of every pod: an ordinary user, no token, no links of services into the environment (BANNER_POOLS_PORT is a flag). */}}
{{- define "banner-pools.pod" -}}
serviceAccountName: {{ include "banner-pools.name" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "banner-pools.container" -}}
image: {{ include "banner-pools.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end -}}
