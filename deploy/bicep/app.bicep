// An app on Elastic Premium or Dedicated, its staging slot, and the alert about its health.
import { appType, identityType } from 'types.bicep'

param actionGroupId string
param app appType
param artifact string
param artifactContainerUrl string
param backgroundFunctions string[]
param identity identityType
param instances int
param location string
param nameSuffix string
param planId string
param sharedSettings { *: string }
param stagingSlot bool
param tags { *: string }

var healthRoute = '/api/health'
var runtime = 'DOTNET-ISOLATED|10.0'
var slotName = 'staging'

var ownSettings = union(
  sharedSettings,
  app.settings,
  {
    FUNCTIONS_EXTENSION_VERSION: '~4'
    FUNCTIONS_WORKER_RUNTIME: 'dotnet-isolated'
    WEBSITE_HEALTHCHECK_MAXPINGFAILURES: '10'
  },
  // The apps read one blob with their identity. A content share of its own would need an account key.
  empty(artifact)
    ? {}
    : {
        WEBSITE_RUN_FROM_PACKAGE: '${artifactContainerUrl}/${artifact}'
        WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: identity.id
      }
)
// Two hosts with one id shut each other down, and these are two hosts of one storage account.
var slotHostId = 'slot-${uniqueString(app.hostId)}'
var slotSettings = union(
  ownSettings,
  { AzureFunctionsWebHost__hostid: slotHostId },
  toObject(backgroundFunctions, name => 'AzureWebJobs.${name}.Disabled', name => 'true')
)

var siteProperties = {
  clientAffinityEnabled: false
  httpsOnly: true
  keyVaultReferenceIdentity: identity.id
  serverFarmId: planId
}
var siteConfig = {
  // Dedicated plans would otherwise let the host sleep, and no timer would run.
  alwaysOn: app.hosting == 'dedicated'
  ftpsState: 'Disabled'
  healthCheckPath: healthRoute
  http20Enabled: true
  linuxFxVersion: runtime
  minTlsVersion: '1.2'
  scmMinTlsVersion: '1.2'
}
// A Dedicated plan runs each of its apps on every instance; Elastic Premium is told for each app.
var premiumConfig = app.hosting == 'premium' ? { minimumElasticInstanceCount: instances } : {}

resource site 'Microsoft.Web/sites@2024-11-01' = {
  name: '${app.name}${nameSuffix}'
  location: location
  tags: union(tags, { 'mcp-app': app.name, 'mcp-hosting': app.hosting })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    ...siteProperties
    siteConfig: {
      ...siteConfig
      ...premiumConfig
      appSettings: map(items(ownSettings), each => { name: each.key, value: each.value })
    }
  }

  // Whoever publishes shows a token; user names and passwords are off.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  // These stay where they are in a swap: a slot never works on events, before and after it.
  resource sticky 'config' = if (stagingSlot) {
    name: 'slotConfigNames'
    properties: {
      appSettingNames: [
        'AzureFunctionsWebHost__hostid'
        ...map(backgroundFunctions, name => 'AzureWebJobs.${name}.Disabled')
      ]
    }
  }

  resource staging 'slots' = if (stagingSlot) {
    name: slotName
    location: location
    tags: tags
    kind: 'functionapp,linux'
    identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
    properties: {
      ...siteProperties
      siteConfig: {
        ...siteConfig
        appSettings: map(items(slotSettings), each => { name: each.key, value: each.value })
      }
    }
    dependsOn: [sticky]
  }
}

resource healthAlert 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-health-${site.name}'
  location: 'global'
  tags: tags
  properties: {
    actions: [{ actionGroupId: actionGroupId }]
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          metricName: 'HealthCheckStatus'
          name: 'health'
          operator: 'LessThan'
          threshold: 100
          timeAggregation: 'Average'
        }
      ]
    }
    description: '${healthRoute} of ${app.name} is not 200. docs/operations.md, "Redis is lost" and "Storage is down".'
    enabled: true
    evaluationFrequency: 'PT1M'
    scopes: [site.id]
    severity: 1
    windowSize: 'PT5M'
  }
}

output hostName string = site.properties.defaultHostName
