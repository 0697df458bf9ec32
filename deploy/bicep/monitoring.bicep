// Logs, traces and metrics, and the alerts about lag, silent consumers and dead letters. app.bicep has those about health.
import { identityType } from 'types.bicep'

param alertEmails string[]
param identity identityType
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
  // Only the apps' identity may send telemetry. The connection string opens nothing.
  properties: { Application_Type: 'web', DisableLocalAuth: true, WorkspaceResourceId: workspace.id }
}

var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource publisher 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, 'apps', monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
  }
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

var consumer = 'Consumer = tostring(Properties["messaging.consumer.group.name"])'
var alerts = [
  {
    name: 'lag'
    description: 'A consumer is behind. docs/operations.md, "Lag rises".'
    severity: 2
    query: 'AppMetrics | where Name == "mcpfunctions.consumer.lag.time" | summarize Value = max(Max) by ${consumer}, bin(TimeGenerated, 5m)'
    threshold: maxLagSeconds
    window: 'PT5M'
  }
  // A consumer whose apps are stopped reports no lag.
  {
    name: 'silent'
    description: 'A consumer has not reported for minutes, so no app handles its events. docs/operations.md, "Lag rises".'
    severity: 1
    query: 'AppMetrics | where Name == "mcpfunctions.consumer.lag.time" | summarize TimeGenerated = max(TimeGenerated) by ${consumer} | extend Value = (now() - TimeGenerated) / 1s'
    threshold: 600
    window: 'P1D'
  }
  {
    name: 'dead-letters'
    description: 'A consumer could not handle an event. docs/operations.md, "Dead letters rise".'
    severity: 2
    query: 'AppMetrics | where Name == "mcpfunctions.events.dead_lettered" | summarize Value = sum(Sum) by ${consumer}, bin(TimeGenerated, 5m)'
    threshold: 0
    window: 'PT5M'
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
            query: alert.query
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
      windowSize: alert.window
    }
  }
]

output actionGroupId string = actions.id
output connectionString string = insights.properties.ConnectionString
