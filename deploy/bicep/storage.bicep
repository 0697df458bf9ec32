// State, events and files; leases and keys of the Functions host; the artifacts.
import { deployerType, identityType } from 'types.bicep'

param artifactContainer string
param identity identityType
param location string
param name string
param tags { *: string }
param uploader deployerType?
param zoneRedundant bool

var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var queueDataContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS' }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // An accident with files can be undone for two weeks. A file that a user deletes stays as long.
      containerDeleteRetentionPolicy: { enabled: true, days: 14 }
      deleteRetentionPolicy: { enabled: true, days: 14 }
    }

    resource artifacts 'containers' = {
      name: artifactContainer
    }
  }
}

// The host and the apps create their tables and containers themselves, so these roles are for the account.
resource roles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [blobDataOwner, queueDataContributor, tableDataContributor]: {
    name: guid(account.id, 'apps', role)
    scope: account
    properties: {
      principalId: identity.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

resource uploaderRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (uploader != null) {
  name: guid(account::blobs::artifacts.id, uploader.?principalId ?? '', blobDataContributor)
  scope: account::blobs::artifacts
  properties: {
    principalId: uploader.?principalId ?? ''
    principalType: uploader.?principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

output name string = account.name
output blobEndpoint string = account.properties.primaryEndpoints.blob
