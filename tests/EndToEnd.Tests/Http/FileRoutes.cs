using System.Net;

namespace McpFunctions.EndToEnd.Tests.Http;

/// <summary>The routes that name a file.</summary>
public static class FileRoutes
{
    /// <summary>Calls all of them, with requests that are valid except for the id.</summary>
    public static async Task AssertNotFoundAsync(GatewayUser user, string id)
    {
        await user.GetAsync($"files/{id}").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await user.GetAsync($"files/{id}", ("If-None-Match", "*")).ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await user.GetAsync($"files/{id}/content").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await user.GetAsync($"files/{id}/content", ("Range", "bytes=0-0")).ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await user.GetAsync($"files/{id}/history").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await user.PutContentAsync(id, "content"u8.ToArray(), "text/plain").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await user.PutContentAsync(id, "content"u8.ToArray(), "text/plain", ("If-Match", "\"1\"")).ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await user.PatchAsync(id, """{"filename": "taken.txt"}""").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await user.DeleteAsync(id).ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await user.DeleteAsync(id, ("If-Match", "*")).ProblemAsync(HttpStatusCode.NotFound, "not-found");
    }
}
