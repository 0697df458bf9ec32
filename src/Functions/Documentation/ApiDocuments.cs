using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Documentation;

/// <summary>The documents of the API. They never change while the app runs, so each is made once, at its first request.</summary>
public sealed class ApiDocuments
{
    private readonly Lazy<StaticAsset> openApi;
    private readonly Lazy<StaticAsset> asyncApi;

    /// <summary>Prepares the documents.</summary>
    /// <param name="types">The types of all features.</param>
    internal ApiDocuments(ApiTypes types)
    {
        openApi = new(() => new StaticAsset("openapi.json", DocumentText.Write(OpenApiDocument.Create(types))));
        asyncApi = new(() => new StaticAsset("asyncapi.json", DocumentText.Write(AsyncApiDocument.Create(types))));
    }

    /// <summary>The HTTP API in OpenAPI.</summary>
    internal StaticAsset OpenApi => openApi.Value;

    /// <summary>The events in AsyncAPI.</summary>
    internal StaticAsset AsyncApi => asyncApi.Value;
}
