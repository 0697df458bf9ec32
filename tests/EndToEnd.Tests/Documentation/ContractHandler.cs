namespace McpFunctions.EndToEnd.Tests.Documentation;

/// <summary>Sends requests, and fails the test when a response violates the OpenAPI document.</summary>
public sealed class ContractHandler() : DelegatingHandler(new SocketsHttpHandler())
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await base.SendAsync(request, cancellationToken);
        if (answer.Content.Headers.ContentType?.MediaType?.Contains("json", StringComparison.Ordinal) == true)
        {
            await answer.Content.LoadIntoBufferAsync(cancellationToken);
        }
        if (await OpenApiContract.ViolationOfAsync(answer) is { } violation)
        {
            var body = await answer.Content.ReadAsStringAsync(cancellationToken);
            Assert.Fail($"{request.Method} {request.RequestUri} was answered with {(int)answer.StatusCode}, not as docs/openapi.json says: {violation}\n{body}");
        }
        return answer;
    }
}
