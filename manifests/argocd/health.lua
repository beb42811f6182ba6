-- Health of a TemporalWorkerPool for Argo CD. It belongs into the ConfigMap argocd-cm under the key
-- resource.customizations.health.workerpools.dev_TemporalWorkerPool; docs/gitops.md says what each result means.
local hs = {status = "Progressing", message = "Waiting for the first reconcile by the operator."}

local status = obj.status or {}
if status.observedGeneration ~= obj.metadata.generation then
  if status.conditions ~= nil then
    hs.message = "Waiting for the operator to reconcile the changed spec."
  end
  return hs
end

for _, condition in ipairs(status.conditions or {}) do
  if condition.type == "Stalled" and condition.status == "True" then
    hs.status = "Degraded"
    hs.message = condition.message
    return hs
  end
  if condition.type == "Ready" then
    hs.status = condition.status == "True" and "Healthy" or "Progressing"
    hs.message = condition.reason .. ": " .. condition.message
  end
end
return hs
