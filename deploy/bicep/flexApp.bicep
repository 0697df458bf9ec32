// An app with HTTP functions only, on Flex Consumption. It has no slots and no health check of the platform.
import { appType, identityType } from 'types.bicep'

param app appType
param artifactContainerUrl string
param identity identityType
param location string
param nameSuffix string
param planId string
param sharedSettings { *: string }
param tags { *: string }

resource site 'Microsoft.Web/sites@2024-11-01' = {
  name: '${app.name}${nameSuffix}'
  location: location
  tags: union(tags, { 'mcp-app': app.name, 'mcp-hosting': app.hosting })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    clientAffinityEnabled: false
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: artifactContainerUrl
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: { instanceMemoryMB: 2048, maximumInstanceCount: 100 }
    }
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    serverFarmId: planId
    siteConfig: {
      appSettings: map(items(union(sharedSettings, app.settings)), each => { name: each.key, value: each.value })
      minTlsVersion: '1.2'
    }
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

output hostName string = site.properties.defaultHostName
