{{- /* What goes together, which values.schema.json cannot say. */ -}}
{{- define "config-guardian.checks" -}}
{{- if lt (int .Values.terminationGracePeriodSeconds) (int (add .Values.drainSeconds 12)) -}}
{{- fail (printf "terminationGracePeriodSeconds: got %d; it takes drainSeconds (%d) and at least 12 more, in which a node hands leadership over and ends" (int .Values.terminationGracePeriodSeconds) (int .Values.drainSeconds)) -}}
{{- end -}}
{{- if and .Values.redis.mirror (not .Values.redis.existingSecret) -}}
{{- fail "redis.mirror: needs redis.existingSecret, a Secret with redis-url" -}}
{{- end -}}
{{- if gt (int .Values.replicas.min) (int .Values.replicas.max) -}}
{{- fail (printf "replicas.min: got %d; it takes at most replicas.max (%d)" (int .Values.replicas.min) (int .Values.replicas.max)) -}}
{{- end -}}
{{- end -}}
