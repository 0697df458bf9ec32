namespace McpFunctions.Functions.Documentation;

/// <summary>The documents of the API. They never change while the app runs, so each is made once, at its first request.</summary>
public sealed class ApiDocuments
{
    private readonly Lazy<ViewerFile> openApi;
    private readonly Lazy<ViewerFile> asyncApi;

    /// <summary>Prepares the documents.</summary>
    /// <param name="types">The types of all features.</param>
    internal ApiDocuments(ApiTypes types)
    {
        openApi = new(() => ViewerFile.Of("openapi.json", DocumentText.Write(OpenApiDocument.Create(types))));
        asyncApi = new(() => ViewerFile.Of("asyncapi.json", DocumentText.Write(AsyncApiDocument.Create(types))));
    }

    /// <summary>The HTTP API in OpenAPI.</summary>
    internal ViewerFile OpenApi => openApi.Value;

    /// <summary>The events in AsyncAPI.</summary>
    internal ViewerFile AsyncApi => asyncApi.Value;
}
