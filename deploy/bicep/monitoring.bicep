// Logs, traces and metrics, and the alerts about lag and dead letters. app.bicep has those about health.
param alertEmails string[]
param location string
param maxLagSeconds int
param name string
param tags { *: string }

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: { retentionInDays: 30, sku: { name: 'PerGB2018' } }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: { Application_Type: 'web', WorkspaceResourceId: workspace.id }
}

resource actions 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'mcp'
    emailReceivers: [for email in alertEmails: { name: email, emailAddress: email, useCommonAlertSchema: true }]
  }
}

var alerts = [
  {
    name: 'lag'
    description: 'A consumer is behind. docs/operations.md, "Lag rises".'
    severity: 2
    metric: 'mcpfunctions.consumer.lag.time'
    value: 'max(Max)'
    threshold: maxLagSeconds
  }
  {
    name: 'dead-letters'
    description: 'A consumer could not handle an event. docs/operations.md, "Dead letters rise".'
    severity: 2
    metric: 'mcpfunctions.events.dead_lettered'
    value: 'sum(Sum)'
    threshold: 0
  }
]

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in alerts: {
    name: 'alert-${alert.name}-${name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      actions: { actionGroups: [actions.id] }
      autoMitigate: true
      criteria: {
        allOf: [
          {
            dimensions: [{ name: 'Consumer', operator: 'Include', values: ['*'] }]
            failingPeriods: { minFailingPeriodsToAlert: 1, numberOfEvaluationPeriods: 1 }
            metricMeasureColumn: 'Value'
            operator: 'GreaterThan'
            query: 'AppMetrics | where Name == "${alert.metric}" | summarize Value = ${alert.value} by Consumer = tostring(Properties["messaging.consumer.group.name"]), bin(TimeGenerated, 5m)'
            threshold: alert.threshold
            timeAggregation: 'Maximum'
          }
        ]
      }
      description: alert.description
      enabled: true
      evaluationFrequency: 'PT5M'
      scopes: [workspace.id]
      severity: alert.severity
      // The table comes with the first metric.
      skipQueryValidation: true
      windowSize: 'PT5M'
    }
  }
]

output actionGroupId string = actions.id
output connectionString string = insights.properties.ConnectionString
